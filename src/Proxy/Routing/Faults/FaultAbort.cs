namespace Mesh.Proxy.Routing.Faults;

/// <summary>The error that a fault answers with; each client gets it in its own form.</summary>
/// <param name="HttpStatus">For plain HTTP clients, 200 to 599.</param>
/// <param name="GrpcStatus">For gRPC clients, 0 to 16.</param>
internal sealed record FaultAbort(int HttpStatus, int GrpcStatus)
{
    public const int LastGrpcStatus = 16;

    public static FaultAbort OfHttp(int status) => new(status, GrpcStatuses.OfHttp(status));

    public static FaultAbort OfGrpc(int status) => new(GrpcStatuses.ToHttp(status), status);
}
