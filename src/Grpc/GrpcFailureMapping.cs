using System.Net;

namespace Mesh.Grpc;

/// <summary>The one table from what HTTP shows of a broken call to its gRPC status.</summary>
internal static class GrpcFailureMapping
{
    /// <summary>For an answer that has no grpc-status (http-grpc-status-mapping.md).</summary>
    public static GrpcStatusCode FromHttpStatus(HttpStatusCode status) =>
        status switch
        {
            HttpStatusCode.BadRequest => GrpcStatusCode.Internal,
            HttpStatusCode.Unauthorized => GrpcStatusCode.Unauthenticated,
            HttpStatusCode.Forbidden => GrpcStatusCode.PermissionDenied,
            HttpStatusCode.NotFound => GrpcStatusCode.Unimplemented,
            HttpStatusCode.TooManyRequests
            or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout => GrpcStatusCode.Unavailable,
            _ => GrpcStatusCode.Unknown,
        };

    /// <summary>For a stream that was reset (PROTOCOL-HTTP2, Errors).</summary>
    public static GrpcStatusCode FromReset(long code) =>
        code switch
        {
            0x7 => GrpcStatusCode.Unavailable, // REFUSED_STREAM
            0x8 => GrpcStatusCode.Cancelled, // CANCEL
            0xb => GrpcStatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
            0xc => GrpcStatusCode.PermissionDenied, // INADEQUATE_SECURITY
            _ => GrpcStatusCode.Internal,
        };

    /// <summary>For what SocketsHttpHandler throws; null for an exception that is not its own.</summary>
    public static GrpcStatus? FromException(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is HttpProtocolException protocol)
            {
                return new GrpcStatus(IsReset(protocol) ? FromReset(protocol.ErrorCode) : GrpcStatusCode.Unavailable, protocol.Message);
            }
        }
        return exception switch
        {
            HttpRequestException e => new GrpcStatus(GrpcStatusCode.Unavailable, Describe(e)),
            IOException e => new GrpcStatus(GrpcStatusCode.Unavailable, e.Message),
            OperationCanceledException or ObjectDisposedException => new GrpcStatus(GrpcStatusCode.Cancelled, exception.Message),
            _ => null,
        };
    }

    // SocketsHttpHandler has one exception for a reset stream and for a lost connection (GOAWAY, an unanswered PING), with the
    // same codes; only its text tells them apart. Should that text change, a reset counts as UNAVAILABLE and WireTests fail.
    private static bool IsReset(HttpProtocolException e) => e.Message.Contains("reset the stream", StringComparison.Ordinal);

    private static string Describe(HttpRequestException e) => e.InnerException is { } inner ? $"{e.Message} ({inner.Message})" : e.Message;
}
