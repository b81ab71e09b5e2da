using System.Buffers.Text;
using System.Security.Cryptography;

namespace Mesh.Proxy.Http;

/// <summary>A server's answer to a client's <c>sec-websocket-key</c>, which HTTP/2 does without (RFC 8441 section 5).</summary>
internal static class WebSocketAccept
{
    public const int Bytes = 28;

    /// <summary>RFC 6455 section 4.2.2: the key with a fixed text behind it, hashed, in base64.</summary>
#pragma warning disable CA5350 // SHA-1 is what the protocol says; it proves understanding, not identity
    public static void Write(ReadOnlySpan<byte> key, Span<byte> accept)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData([.. key, .. "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8], hash);
        Base64.EncodeToUtf8(hash, accept, out _, out _);
    }
#pragma warning restore CA5350
}
