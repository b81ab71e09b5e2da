namespace Mesh.Proxy.Routing;

/// <summary>What an HTTP status is to a gRPC client, and the other way round.</summary>
internal static class GrpcStatuses
{
    /// <summary>gRPC, "HTTP to gRPC Status Code Mapping".</summary>
    public static int OfHttp(int status) =>
        status switch
        {
            200 => 0,
            400 => 13,
            401 => 16,
            403 => 7,
            404 => 12,
            429 or 502 or 503 or 504 => 14,
            _ => 2,
        };

    /// <summary>google.rpc.Code: the HTTP status beside each code; unknown ones are 500.</summary>
    public static int ToHttp(int status) =>
        status switch
        {
            0 => 200,
            1 => 499, // cancelled
            3 or 9 or 11 => 400, // invalid argument, failed precondition, out of range
            4 => 504, // deadline exceeded
            5 => 404, // not found
            6 or 10 => 409, // already exists, aborted
            7 => 403, // permission denied
            8 => 429, // resource exhausted
            12 => 501, // unimplemented
            14 => 503, // unavailable
            16 => 401, // unauthenticated
            _ => 500,
        };
}
