using Microsoft.AspNetCore.Http;

namespace Mesh.Grpc;

/// <summary>Decides from the request headers alone whether a call can be served.</summary>
internal static class GrpcRequestCheck
{
    /// <summary>Answers what is not gRPC at all as HTTP would; false when it did.</summary>
    public static bool AcceptTransport(HttpContext http)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            http.Response.Headers.Upgrade = "HTTP/2";
            return false;
        }
        // PROTOCOL-HTTP2: a content-type that does not begin with application/grpc is answered with 415.
        if (!GrpcWireHeaders.IsGrpc(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return false;
        }
        return true;
    }

    /// <summary>The status to refuse the call with, or null and its timeout.</summary>
    public static (GrpcStatus? Refusal, TimeSpan? Timeout) Examine(HttpContext http, string method)
    {
        // Routing ignores case, gRPC does not.
        if (!string.Equals(http.Request.Path.Value, method, StringComparison.Ordinal))
        {
            return (NoSuchMethod(http), null);
        }
        string? encoding = http.Request.Headers[GrpcWireHeaders.Encoding];
        if (!string.IsNullOrEmpty(encoding) && encoding != GrpcWireHeaders.Identity)
        {
            // compression.md: the refusal names what the server accepts.
            http.Response.Headers[GrpcWireHeaders.AcceptEncoding] = GrpcWireHeaders.Identity;
            return (new GrpcStatus(GrpcStatusCode.Unimplemented, $"grpc-encoding {encoding} is not supported; send identity"), null);
        }
        string? timeout = http.Request.Headers[GrpcWireHeaders.Timeout];
        if (timeout is null)
        {
            return (null, null);
        }
        return GrpcTimeout.TryParse(timeout, out var span)
            ? (null, span)
            : (new GrpcStatus(GrpcStatusCode.Internal, $"grpc-timeout \"{timeout}\" must be 1 to 8 digits and one of H M S m u n"), null);
    }

    public static GrpcStatus NoSuchMethod(HttpContext http) =>
        new(GrpcStatusCode.Unimplemented, $"this server has no method {http.Request.Path.Value}");
}
