namespace Mesh.Proxy.Routing;

/// <summary>Finds the <see cref="KnownHeader"/> of a lower-case name: length and first byte leave at most one candidate to compare.</summary>
internal static class KnownHeaders
{
    public static int Count { get; } = Enum.GetValues<KnownHeader>().Length;

    public static KnownHeader Of(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            2 => Check(name, "te"u8, KnownHeader.Te),
            4 => Check(name, "host"u8, KnownHeader.Host),
            6 => name[0] == (byte)'c' ? Check(name, "cookie"u8, KnownHeader.Cookie) : Check(name, "expect"u8, KnownHeader.Expect),
            7 => Check(name, "upgrade"u8, KnownHeader.Upgrade),
            10 => name[0] == (byte)'c'
                ? Check(name, "connection"u8, KnownHeader.Connection)
                : Check(name, "user-agent"u8, KnownHeader.UserAgent),
            11 => Check(name, "traceparent"u8, KnownHeader.Traceparent),
            12 => name[0] switch
            {
                (byte)'c' => Check(name, "content-type"u8, KnownHeader.ContentType),
                (byte)'g' => Check(name, "grpc-timeout"u8, KnownHeader.GrpcTimeout),
                _ => Check(name, "x-request-id"u8, KnownHeader.XRequestId),
            },
            14 => Check(name, "content-length"u8, KnownHeader.ContentLength),
            15 => Check(name, "x-forwarded-for"u8, KnownHeader.XForwardedFor),
            17 => name[0] == (byte)'t'
                ? Check(name, "transfer-encoding"u8, KnownHeader.TransferEncoding)
                : Check(name, "x-forwarded-proto"u8, KnownHeader.XForwardedProto),
            30 => name[8] == (byte)'e'
                ? Check(name, "x-envoy-expected-rq-timeout-ms"u8, KnownHeader.XEnvoyExpectedRqTimeoutMs)
                : Check(name, "x-envoy-upstream-rq-timeout-ms"u8, KnownHeader.XEnvoyUpstreamRqTimeoutMs),
            _ => KnownHeader.None,
        };

    private static KnownHeader Check(ReadOnlySpan<byte> name, ReadOnlySpan<byte> known, KnownHeader id) =>
        name.SequenceEqual(known) ? id : KnownHeader.None;
}
