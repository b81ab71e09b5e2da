using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

/// <summary>What the parser learnt about a head's connection and framing, so that nobody reads those headers a second time.</summary>
internal readonly record struct Http1HeadFacts
{
    /// <summary>Facts of a message that came without HTTP/1 framing, such as a local reply or one from HTTP/2.</summary>
    public static Http1HeadFacts None { get; } = new() { Version = HttpVersionKind.Http11, ContentLength = -1 };

    public required HttpVersionKind Version { get; init; }

    /// <summary>-1 where there is no Content-Length.</summary>
    public required long ContentLength { get; init; }

    public bool IsChunked { get; init; }

    public Http1ConnectionOptions Options { get; init; }

    /// <summary>One bit a listed field, see <see cref="ConnectionFields.Bit"/>: most fields are known not to be listed by it alone.</summary>
    public ulong ListedFields { get; init; }

    /// <summary>The client waits for 100 before it sends the body. HTTP/1.0 clients do not (RFC 9110 section 10.1.1).</summary>
    public bool ExpectsContinue { get; init; }

    /// <summary>There is an Upgrade header and Connection lists it. HTTP/1.0 cannot (RFC 9110 section 7.8).</summary>
    public bool HasUpgrade { get; init; }

    /// <summary>
    /// Whether the sender lets its connection carry another message after this one (RFC 9112 section 9.3). HTTP/1.0 with
    /// <c>keep-alive</c> counts, as in Envoy, nginx and HAProxy.
    /// </summary>
    public bool KeepsAlive =>
        (Options & Http1ConnectionOptions.Close) == 0
        && (Version != HttpVersionKind.Http10 || (Options & Http1ConnectionOptions.KeepAlive) != 0);
}
