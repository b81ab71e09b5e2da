using System.Collections.Immutable;
using Mesh.Config;

namespace Mesh.ControlPlane.Sources;

/// <summary>What reading one file gave: its meaning, or why it could not be read.</summary>
internal abstract record FileRead
{
    /// <param name="Hash">Of the bytes: the same bytes keep their objects.</param>
    internal sealed record Content(ImmutableArray<byte> Hash, ParseResult Result) : FileRead;

    /// <summary>The bytes are those read before.</summary>
    internal sealed record Unchanged : FileRead;

    internal sealed record Failed(string Reason) : FileRead;

    /// <summary>Why a file of this size is not read at all; null where it may be.</summary>
    public static Failed? TooLarge(FileEntry entry) =>
        entry.Length > ObjectParser.MaxFileBytes
            ? new Failed($"it has {entry.Length} bytes, and at most {ObjectParser.MaxFileBytes} are read; split the file")
            : null;
}
