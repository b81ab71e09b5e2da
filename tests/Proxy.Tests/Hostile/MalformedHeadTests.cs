using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>Heads of HTTP/2 that break a rule (RFC 9113 sections 8.2 and 8.3): refused by an answer or a reset of their own, and logged; other streams go on.</summary>
public sealed class MalformedHeadTests
{
    private static readonly (string, string) Method = (":method", "GET");
    private static readonly (string, string) Scheme = (":scheme", "http");
    private static readonly (string, string) Path = (":path", "/");
    private static readonly (string, string) Authority = (":authority", "reviews");

    public static TheoryData<string, (string, string)[]> Heads =>
        new()
        {
            { "a path without slash", [Method, Scheme, (":path", "evil"), Authority] },
            { "an empty path", [Method, Scheme, (":path", ""), Authority] },
            { "an absolute path", [Method, Scheme, (":path", "http://evil/"), Authority] },
            { "a space in the path", [Method, Scheme, (":path", "/a b"), Authority] },
            { "a broken escape in the path", [Method, Scheme, (":path", "/%zz"), Authority] },
            { "an escaped NUL in the path", [Method, Scheme, (":path", "/%00"), Authority] },
            { "eight bits in the path", [Method, Scheme, (":path", "/\u00ff\u00fe"), Authority] },
            { "no path", [Method, Scheme, Authority] },
            { "no method", [Scheme, Path, Authority] },
            { "no scheme", [Method, Path, Authority] },
            { "an odd method", [(":method", "GE T"), Scheme, Path, Authority] },
            { "an odd authority", [Method, Scheme, Path, (":authority", "a b")] },
            { "an odd scheme", [Method, (":scheme", "ht tp"), Path, Authority] },
            { "CONNECT with a path", [(":method", "CONNECT"), Scheme, Path, Authority] },
        };

    // RFC 9113 section 5.4: what is a stream's error may be taken for its connection's, and Kestrel does so.
    public static TheoryData<string, (string, string)[]> FatalHeads =>
        new()
        {
            { "a line break in the path", [Method, Scheme, (":path", "/a\r\nb"), Authority] },
            { "NUL in the path", [Method, Scheme, (":path", "/a\0b"), Authority] },
            { "a method twice", [Method, Method, Scheme, Path, Authority] },
            { "a pseudo-header late", [Method, Scheme, Path, ("x", "1"), Authority] },
            { "an unknown pseudo-header", [Method, Scheme, Path, (":evil", "1"), Authority] },
            { "a pseudo-header of answers", [(":status", "200"), Method, Scheme, Path, Authority] },
            { "upper case", [Method, Scheme, Path, Authority, ("X-Evil", "1")] },
            { "a connection header", [Method, Scheme, Path, Authority, ("connection", "close")] },
            { "line breaks in a value", [Method, Scheme, Path, Authority, ("x-a", "a\r\nb")] },
            { "a length that is none", [Method, Scheme, Path, Authority, ("content-length", "x")] },
        };

    [Theory]
    [MemberData(nameof(Heads))]
    public async Task Other_streams_go_on(string what, (string, string)[] head)
    {
        await using var field = await FloodField.StartAsync();
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound);
        var end = await SendAsync(client, head);
        Assert.True(end is not null && end.Type != Http2Wire.GoAway, $"{what}: the connection ended");

        await client.SendAsync(Http2Wire.Frame(Http2Wire.Data, Http2Wire.EndStream, 1, "x"u8));
        Assert.True(await client.UntilAsync(frame => frame.Stream == 1 && frame.EndsStream) is { Type: Http2Wire.Data }, what);
        // Two of the client that was there before.
        Assert.Equal(4, (await field.Proxy.LogAsync(4)).Length);
    }

    [Theory]
    [MemberData(nameof(FatalHeads))]
    public async Task Some_end_their_own_connection_and_are_logged(string what, (string, string)[] head)
    {
        await using var field = await FloodField.StartAsync();
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound);
        var end = await SendAsync(client, head);
        Assert.True(end is null || end.Type == Http2Wire.GoAway, $"{what}: {end}");

        await Eventually.TrueAsync(
            async () => (await field.Proxy.LogAsync()).Any(line => line.Contains(" 0 DPE ", StringComparison.Ordinal)),
            $"{what}: in the log"
        );
        Assert.Contains("mesh_downstream_http2_refused_total{reason=\"connection_error\"} 1\n", field.Metrics(), StringComparison.Ordinal);
        await field.CheckAsync();
    }

    // Behind a request that waits for the rest of its body.
    private static async Task<Http2Frame?> SendAsync(Http2Peer client, (string, string)[] head)
    {
        await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Request("POST", "/count")));
        await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 3, Http2Wire.Block(head)));
        return await client.UntilAsync(frame =>
            (frame.Stream == 3 && (frame.Type is Http2Wire.Reset || frame.EndsStream)) || frame.Type == Http2Wire.GoAway
        );
    }
}
