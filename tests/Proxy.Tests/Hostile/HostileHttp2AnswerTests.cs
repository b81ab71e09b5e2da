using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>HTTP/2 answers that would be more than one answer once they are written as HTTP/1.1.</summary>
public sealed class HostileHttp2AnswerTests
{
    private const string Evil = "x\r\nevil: 1\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\nevil: 2\r\ncontent-length: 0\r\n\r\n";

    public static TheoryData<string, (string, string)[]> Answers =>
        new()
        {
            { "line breaks in a value", [(":status", "200"), ("x-a", Evil)] },
            { "a line feed in a value", [(":status", "200"), ("x-a", "x\nevil: 1")] },
            { "line breaks in a name", [(":status", "200"), ("x-a: 1\r\nevil", "1")] },
            { "a colon in a name", [(":status", "200"), ("evil:", "1")] },
            { "a space in a name", [(":status", "200"), ("evil evil", "1")] },
            { "a connection header", [(":status", "200"), ("connection", "close"), ("transfer-encoding", "chunked")] },
            { "line breaks in the status", [(":status", "200\r\nevil: 1")] },
            { "no status", [("x-a", "1")] },
            { "two statuses", [(":status", "200"), (":status", "404")] },
            { "a status that is none", [(":status", "20")] },
            { "101", [(":status", "101"), ("upgrade", "websocket"), ("connection", "upgrade")] },
            { "a request's pseudo-header", [(":status", "200"), (":path", "/evil")] },
        };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_client_of_HTTP_1_1_gets_one_sound_answer(string what, (string, string)[] head)
    {
        await using var upstream = Upstream(head, null);
        await using var proxy = await ProxyAsync(upstream);
        var answer = await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

        CheckSound(what, answer);
    }

    [Theory]
    [InlineData("x-a", Evil)]
    [InlineData("x-a: 1\r\nevil", "1")]
    [InlineData("x-a\r\n\r\nHTTP/1.1 200 OK\r\nevil", "1")]
    public async Task Trailers_are_lines_of_their_section_or_nothing(string name, string value)
    {
        await using var upstream = Upstream([(":status", "200")], [(name, value)]);
        await using var proxy = await ProxyAsync(upstream);
        var answer = await RawClient.ExchangeAsync(
            proxy.Outbound,
            "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close\r\n\r\n"
        );

        CheckSound(name, answer);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_client_of_HTTP_2_is_answered_and_the_next_too(string what, (string, string)[] head)
    {
        await using var upstream = Upstream(head, null);
        await using var proxy = await ProxyAsync(upstream);
        await using var client = await Http2Peer.ConnectAsync(proxy.Outbound);
        foreach (var stream in new[] { 1, 3 })
        {
            await client.SendAsync(Http2Wire.Get(stream));
            var end = await client.UntilAsync(frame => frame.Stream == stream && (frame.Type == Http2Wire.Reset || frame.EndsStream));
            Assert.True(end is not null, what);
        }

        Assert.Equal(2, (await proxy.LogAsync(2)).Length);
    }

    private static void CheckSound(string what, string answer)
    {
        Assert.True(("\r\n" + answer).Split("\nHTTP/1.1 ").Length == 2, $"{what}: {answer}");
        Assert.DoesNotContain("\nevil", answer, StringComparison.OrdinalIgnoreCase);
    }

    private static RawUpstream Upstream((string, string)[] head, (string, string)[]? trailers) =>
        new(async stream =>
        {
            var peer = await Http2Peer.ServeAsync(stream);
            while (await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers) is { } request)
            {
                var flags = (byte)(Http2Wire.EndHeaders | (trailers is null ? Http2Wire.EndStream : 0));
                await peer.SendAsync(Http2Wire.Headers, flags, request.Stream, Http2Wire.Block(head));
                if (trailers is not null)
                {
                    await peer.SendAsync(
                        Http2Wire.Headers,
                        Http2Wire.EndHeaders | Http2Wire.EndStream,
                        request.Stream,
                        Http2Wire.Block(trailers)
                    );
                }
            }
        });

    private static Task<TestProxy> ProxyAsync(RawUpstream upstream) =>
        TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2))));
}
