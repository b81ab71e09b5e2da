namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>What a <c>grpc-status</c> counts as where only HTTP status codes are known.</summary>
internal static class GrpcStatusCodes
{
    // Envoy's table (source/common/grpc/status.cc, grpcToHttpStatus): the server's own failures are 5xx.
    private static readonly int[] Http = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

    public static int ToHttp(int grpcStatus) => (uint)grpcStatus < (uint)Http.Length ? Http[grpcStatus] : 500;
}
