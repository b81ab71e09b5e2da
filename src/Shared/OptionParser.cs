namespace Mesh.Startup;

/// <summary>Reads one option's text; <paramref name="error"/> says what it should be where it is not that, and is null otherwise.</summary>
internal delegate T? OptionParser<out T>(string text, out string? error);
