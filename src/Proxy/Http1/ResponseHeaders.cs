namespace Mesh.Proxy.Http1;

/// <summary>Finds the <see cref="ResponseHeader"/> of a lower-case name: length and one byte leave at most one candidate to compare.</summary>
internal static class ResponseHeaders
{
    public static int Count { get; } = Enum.GetValues<ResponseHeader>().Length;

    public static ResponseHeader Of(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            4 => Check(name, "date"u8, ResponseHeader.Date),
            6 => Check(name, "server"u8, ResponseHeader.Server),
            7 => name[0] == (byte)'u' ? Check(name, "upgrade"u8, ResponseHeader.Upgrade) : Check(name, "trailer"u8, ResponseHeader.Trailer),
            8 => Check(name, "location"u8, ResponseHeader.Location),
            10 => name[0] == (byte)'c'
                ? Check(name, "connection"u8, ResponseHeader.Connection)
                : Check(name, "keep-alive"u8, ResponseHeader.KeepAlive),
            11 => Check(name, "grpc-status"u8, ResponseHeader.GrpcStatus),
            12 => name[0] == (byte)'c'
                ? Check(name, "content-type"u8, ResponseHeader.ContentType)
                : Check(name, "grpc-message"u8, ResponseHeader.GrpcMessage),
            14 => Check(name, "content-length"u8, ResponseHeader.ContentLength),
            16 => Check(name, "proxy-connection"u8, ResponseHeader.ProxyConnection),
            17 => name[0] == (byte)'t'
                ? Check(name, "transfer-encoding"u8, ResponseHeader.TransferEncoding)
                : Check(name, "x-mesh-repeatable"u8, ResponseHeader.XMeshRepeatable),
            18 => Check(name, "x-envoy-overloaded"u8, ResponseHeader.XEnvoyOverloaded),
            19 => Check(name, "x-envoy-ratelimited"u8, ResponseHeader.XEnvoyRateLimited),
            29 => Check(name, "x-envoy-upstream-service-time"u8, ResponseHeader.XEnvoyUpstreamServiceTime),
            _ => ResponseHeader.None,
        };

    private static ResponseHeader Check(ReadOnlySpan<byte> name, ReadOnlySpan<byte> known, ResponseHeader id) =>
        name.SequenceEqual(known) ? id : ResponseHeader.None;
}
