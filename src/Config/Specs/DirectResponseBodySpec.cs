using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Body of a fixed answer: text or bytes.</summary>
public sealed record DirectResponseBodySpec
{
    /// <summary>Body as text, sent as UTF-8; exclusive with Bytes.</summary>
    public string? Text { get; init; }

    /// <summary>Body as bytes (base64 in the file).</summary>
    public ImmutableArray<byte> Bytes { get; init; } = [];
}
