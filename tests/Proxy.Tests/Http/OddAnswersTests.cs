using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Http;

public sealed class OddAnswersTests
{
    [Theory]
    [InlineData("POST", "")]
    [InlineData("POST", "Content-Length: 0\r\n")]
    [InlineData("PATCH", "")]
    [InlineData("PUT", "")]
    [InlineData("CHARGE", "")]
    public async Task A_request_that_may_not_be_repeated_is_sent_once_to_an_upstream_that_closes_instead_of_answering(
        string method,
        string length
    )
    {
        var heads = new List<string>();
        await using var upstream = new RawUpstream(async stream =>
        {
            var head = await RawUpstream.ReadHeadAsync(stream);
            lock (heads)
            {
                heads.Add(head);
            }
        });
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        var answer = await RawClient.ExchangeAsync(
            proxy.Outbound,
            $"{method} /pay HTTP/1.1\r\nHost: reviews\r\n{length}Connection: close\r\n\r\n"
        );

        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Contains("content-length: 0\r\n", Assert.Single(heads), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(" 503 UC ", Assert.Single(await proxy.LogAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_content_header_without_a_body_is_forwarded()
    {
        var heads = new List<string>();
        await using var upstream = RawUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", heads);
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        await RawClient.ExchangeAsync(
            proxy.Outbound,
            "GET / HTTP/1.1\r\nHost: reviews\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
        );

        Assert.Contains("content-type: application/json\r\n", Assert.Single(heads), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Headers_without_value_arrive()
    {
        await using var upstream = RawUpstream.Answering(
            "HTTP/1.1 200 OK\r\nX-Empty:\r\nX-Two: \r\nX-Two: 2\r\nContent-Length: 0\r\n\r\n",
            []
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        var answer = await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n");

        Assert.Contains("x-empty: \r\n", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("x-two: \r\nx-two: 2\r\n", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task An_answer_of_two_lengths_is_refused(int length)
    {
        await using var upstream = RawUpstream.Answering(
            $"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            []
        );
        await using var proxy = await TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint))));

        var answer = await RawClient.ExchangeAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 502 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("reset reason: protocol error", answer, StringComparison.Ordinal);
        Assert.Contains(" 502 UPE ", Assert.Single(await proxy.LogAsync()), StringComparison.Ordinal);
    }
}
