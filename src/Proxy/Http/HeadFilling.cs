using System.Buffers;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Mesh.Proxy.Http;

/// <summary>Copies the head of an HTTP/2 request out of Kestrel's objects, once.</summary>
internal static class HeadFilling
{
    private static readonly SearchValues<char> Target = SearchValues.Create([
        .. Enumerable.Range('!', '~' - '!' + 1).Where(c => c != '#').Select(c => (char)c),
    ]);

    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\r\n\0");

    /// <summary>
    /// None where the head is complete. HTTP/2 can carry in names, values and paths what HTTP/1.1 would read as further words or lines, and headers that
    /// mean something to HTTP/1.1 alone; Kestrel does not look, so such a head is refused here (RFC 9113 sections 8.2.1, 8.2.2, 8.3.1 and 10.3).
    /// </summary>
    public static Failure Fill(RequestContext context)
    {
        var request = context.Http.Features.GetRequiredFeature<IHttpRequestFeature>();
        var headers = request.Headers;
        var head = context.Head;
        var host = headers.Host;
        // As in Envoy, an extended CONNECT (RFC 8441) is the upgrade that HTTP/1.1 asks for with GET, so that the same rules take both.
        var tunnel = context.Http.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect
            ? connect.Protocol
            : null;
        var method = tunnel is null ? request.Method : HttpMethods.Get;
        if (
            !IsSound(request.Scheme, tunnel ?? "-")
            || request.RawTarget.AsSpan().ContainsAnyExcept(Target)
            || HasConnectionHeaders(headers)
        )
        {
            return Failure.ClientProtocolError;
        }

        if (!head.Begin(HttpVersionKind.Http2, method, request.Scheme, host.Count > 0 ? host[0] : "", request.RawTarget))
        {
            return Failure.HeadTooLarge;
        }

        if (tunnel is not null && !(head.AddHeader("connection", "upgrade") && head.AddHeader("upgrade", tunnel)))
        {
            return Failure.HeadTooLarge;
        }

        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                if (!IsSound(name, value))
                {
                    return Failure.ClientProtocolError;
                }

                // HTTP/2 forbids white space around a value and HTTP/1.1 drops it (RFC 9113 section 8.2.1): nobody gets to see it.
                if (!head.AddHeader(name, value.AsSpan().Trim(" \t")))
                {
                    return Failure.HeadTooLarge;
                }
            }
        }

        return Failure.None;
    }

    private static bool IsSound(string name, string? value) =>
        name.Length > 0 && !name.AsSpan().ContainsAnyExcept(Http1Bytes.TokenCharacters) && !value.AsSpan().ContainsAny(LineEnds);

    // Kestrel itself refuses Connection, and a TE with more than trailers.
    private static bool HasConnectionHeaders(IHeaderDictionary headers) =>
        headers.TransferEncoding.Count > 0
        || headers.Upgrade.Count > 0
        || headers.KeepAlive.Count > 0
        || headers[HeaderNames.ProxyConnection].Count > 0;
}
