using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

/// <summary>Where a message's body ends (RFC 9112 section 6.3). What that section calls ambiguous, the parser has refused.</summary>
/// <param name="Length">Bytes of a <see cref="Http1BodyKind.Fixed"/> body; 0 for others.</param>
internal readonly record struct Http1BodyLength(Http1BodyKind Kind, long Length)
{
    public static Http1BodyLength None { get; } = new(Http1BodyKind.None, 0);

    public static Http1BodyLength Chunked { get; } = new(Http1BodyKind.Chunked, 0);

    public static Http1BodyLength UntilClose { get; } = new(Http1BodyKind.UntilClose, 0);

    public static Http1BodyLength Tunnel { get; } = new(Http1BodyKind.Tunnel, 0);

    /// <summary>No byte follows the head.</summary>
    public bool IsEmpty => Kind == Http1BodyKind.None || (Kind == Http1BodyKind.Fixed && Length == 0);

    public static Http1BodyLength Fixed(long length) => new(Http1BodyKind.Fixed, length);

    /// <summary>A request without framing headers has no body (rule 7).</summary>
    public static Http1BodyLength OfRequest(in Http1HeadFacts facts) =>
        facts.IsChunked ? Chunked
        : facts.ContentLength >= 0 ? Fixed(facts.ContentLength)
        : None;

    /// <summary>
    /// The request decides too: an answer to HEAD has no body (rule 1), and a CONNECT that succeeds becomes a tunnel (rule 2), as does an
    /// upgrade. A response without framing headers ends with its connection (rule 8).
    /// </summary>
    public static Http1BodyLength OfResponse(in Http1HeadFacts facts, int status, ReadOnlySpan<byte> requestMethod)
    {
        if (status == 101 || (status is >= 200 and < 300 && requestMethod.SequenceEqual("CONNECT"u8)))
        {
            return Tunnel;
        }

        if (status is < 200 or 204 or 304 || requestMethod.SequenceEqual("HEAD"u8))
        {
            return None;
        }

        return facts.IsChunked ? Chunked
            : facts.ContentLength >= 0 ? Fixed(facts.ContentLength)
            : UntilClose;
    }

    /// <summary>
    /// How a response's body goes on to a client of this version: one whose end only the upstream's connection told is chunked, so that the
    /// client's can be kept; HTTP/1.0 has no chunks, and its connection must end with the body.
    /// </summary>
    public Http1BodyLength ForClient(HttpVersionKind client) =>
        Kind switch
        {
            Http1BodyKind.Chunked when client == HttpVersionKind.Http10 => UntilClose,
            Http1BodyKind.UntilClose when client == HttpVersionKind.Http11 => Chunked,
            _ => this,
        };
}
