using System.Buffers;

namespace Mesh.Proxy.Http1;

/// <summary>The byte classes of RFC 9110 and RFC 9112 as vectorised searches.</summary>
internal static class Http1Bytes
{
    /// <summary>Bytes of methods and header names (RFC 9110 section 5.6.2).</summary>
    public static readonly SearchValues<byte> Token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8
    );

    /// <summary>The same where a name came as text.</summary>
    public static readonly SearchValues<char> TokenCharacters = SearchValues.Create([
        .. Enumerable.Range(0, 128).Where(b => Token.Contains((byte)b)).Select(b => (char)b),
    ]);

    /// <summary>Every control byte but HTAB: the first one in a line must be the CR that ends it.</summary>
    public static readonly SearchValues<byte> Controls = SearchValues.Create([
        .. Enumerable.Range(0, 0x20).Where(b => b != '\t').Select(b => (byte)b),
        0x7F,
    ]);

    /// <summary>Bytes of request targets: printable ASCII without <c>#</c>. Servers disagree about fewer, and a mesh must carry what its services take.</summary>
    public static readonly SearchValues<byte> Target = SearchValues.Create([
        .. Enumerable.Range('!', '~' - '!' + 1).Where(b => b != '#').Select(b => (byte)b),
    ]);

    /// <summary>Bytes of a host name. The grammar also has the comma, which only a joined pair of Host headers brings.</summary>
    public static readonly SearchValues<byte> HostName = SearchValues.Create(
        "!$&'()*+;=-._~%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8
    );

    /// <summary>Bytes between the brackets of an IPv6 address or a later one.</summary>
    public static readonly SearchValues<byte> HostAddress = SearchValues.Create(":.0123456789ABCDEFabcdefvV"u8);

    public static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    /// <summary>Without the white space around it (OWS of RFC 9110 section 5.6.3).</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> bytes)
    {
        var start = 0;
        while (start < bytes.Length && bytes[start] is (byte)' ' or (byte)'\t')
        {
            start++;
        }

        var end = bytes.Length;
        while (end > start && bytes[end - 1] is (byte)' ' or (byte)'\t')
        {
            end--;
        }

        return bytes[start..end];
    }
}
