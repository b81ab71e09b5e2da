using System.Net;

namespace Mesh.Grpc;

/// <summary>Decides from the response headers alone whether messages follow.</summary>
internal static class GrpcResponseCheck
{
    /// <summary>The status when the headers are all there is (trailers-only) or when this is no gRPC answer; null when messages follow.</summary>
    public static GrpcStatus? Examine(HttpResponseMessage response)
    {
        // http-grpc-status-mapping.md: a grpc-status, where there is one, wins over the HTTP status.
        if (GrpcWireHeaders.ReadStatus(response.Headers) is { } status)
        {
            return status;
        }
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return new GrpcStatus(
                GrpcFailureMapping.FromHttpStatus(response.StatusCode),
                $"the server answered with HTTP status {(int)response.StatusCode} and without a grpc-status"
            );
        }
        var type = response.Content.Headers.ContentType?.ToString();
        if (!GrpcWireHeaders.IsGrpc(type))
        {
            return new GrpcStatus(
                GrpcStatusCode.Unknown,
                $"the server answered with content-type {type ?? "(none)"}, which is not {GrpcWireHeaders.ContentType}"
            );
        }
        if (
            response.Headers.NonValidated.TryGetValues(GrpcWireHeaders.Encoding, out var encoding)
            && encoding.ToString() is { } name
            && name != GrpcWireHeaders.Identity
        )
        {
            // compression.md: an encoding that the client did not offer is INTERNAL.
            return new GrpcStatus(GrpcStatusCode.Internal, $"the server answered with grpc-encoding {name}, which was not offered");
        }
        return null;
    }
}
