using Mesh.Proxy.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Http;

/// <summary>Copies a request's head out of Kestrel's objects, once.</summary>
internal static class HeadFilling
{
    /// <summary>False where the head exceeds the limits.</summary>
    public static bool TryFill(RequestContext context)
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
        if (!head.Begin(VersionOf(request.Protocol), method, request.Scheme, host.Count > 0 ? host[0] : "", request.RawTarget))
        {
            return false;
        }

        head.DestinationPort = context.Session.Target.Port;
        if (tunnel is not null && !(head.AddHeader("connection", "upgrade") && head.AddHeader("upgrade", tunnel)))
        {
            return false;
        }

        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                if (!head.AddHeader(name, value))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static HttpVersionKind VersionOf(string protocol) =>
        protocol switch
        {
            "HTTP/2" => HttpVersionKind.Http2,
            "HTTP/1.0" => HttpVersionKind.Http10,
            _ => HttpVersionKind.Http11,
        };
}
