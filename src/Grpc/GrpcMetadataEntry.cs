using System.Text;

namespace Mesh.Grpc;

/// <summary>One name and its value; a name that ends in <c>-bin</c> has bytes, every other one printable ASCII.</summary>
public readonly record struct GrpcMetadataEntry
{
    private readonly string? _text;
    private readonly byte[]? _bytes;

    internal GrpcMetadataEntry(string name, string text)
    {
        Name = name;
        _text = text;
    }

    internal GrpcMetadataEntry(string name, byte[] bytes)
    {
        Name = name;
        _bytes = bytes;
    }

    /// <summary>The name, in lower case.</summary>
    public string Name { get; }

    /// <summary>Whether the value is bytes.</summary>
    public bool IsBinary => _bytes is not null;

    /// <summary>The value as text; a binary value in base64 without padding, as it travels.</summary>
    public string Text => _bytes is null ? _text ?? "" : Convert.ToBase64String(_bytes).TrimEnd('=');

    /// <summary>The value as bytes; a text value in ASCII.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes ?? Encoding.ASCII.GetBytes(_text ?? "");

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Text}";
}
