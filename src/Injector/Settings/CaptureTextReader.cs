using System.Collections.Immutable;

namespace Mesh.Injector.Settings;

/// <summary>Reads a list of what is captured; <paramref name="wrong"/> says what it should be where it is not that, and is null otherwise.</summary>
internal delegate ImmutableArray<string> CaptureTextReader(string text, out string? wrong);
