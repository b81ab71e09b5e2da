using System.Text;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>An HTTP/1.1 response as it stood on the wire.</summary>
internal sealed record RawResponse(string Version, int Status, IReadOnlyList<(string Name, string Value)> Headers)
{
    public byte[] Body { get; init; } = [];

    public string Text => Encoding.Latin1.GetString(Body);

    /// <summary>All lines of a header.</summary>
    public string[] Lines(string name) =>
        [.. Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

    public string? Header(string name) => Lines(name) is [var first, ..] ? first : null;
}
