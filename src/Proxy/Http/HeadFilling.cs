using Mesh.Proxy.Routing;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Http;

/// <summary>Copies a request's head out of Kestrel's objects, once, and completes what every request in the mesh carries.</summary>
internal static class HeadFilling
{
    private const string RequestId = "x-request-id";
    private const string ForwardedProto = "x-forwarded-proto";

    /// <summary>False where the head exceeds the limits.</summary>
    public static bool TryFill(RequestContext context)
    {
        var request = context.Http.Features.GetRequiredFeature<IHttpRequestFeature>();
        var headers = request.Headers;
        // Istio: an id follows a request through the mesh; the first proxy makes it.
        if (headers[RequestId].Count == 0)
        {
            headers[RequestId] = Guid.NewGuid().ToString();
        }

        if (headers[ForwardedProto].Count == 0)
        {
            headers[ForwardedProto] = request.Scheme;
        }

        var head = context.Head;
        var host = headers.Host;
        if (!head.Begin(VersionOf(request.Protocol), request.Method, request.Scheme, host.Count > 0 ? host[0] : "", request.RawTarget))
        {
            return false;
        }

        head.DestinationPort = context.Session.Target.Port;
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
