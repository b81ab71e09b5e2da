using System.Net;
using System.Text;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Tests.Http;

/// <summary>HTTP/2 upstreams whose bodies are not what their heads announce (RFC 9113 section 8.1.1).</summary>
public sealed class Http2LengthTests
{
    [Theory]
    [InlineData(false, "4", "whole", "")]
    [InlineData(false, "4", "wh", "")]
    [InlineData(false, "4", "wh", "ole")]
    [InlineData(false, "0", "w", "")]
    [InlineData(true, "4", "whole", "")]
    [InlineData(true, "4", "wh", "")]
    [InlineData(true, "4", "wh", "ole")]
    [InlineData(true, "0", "w", "")]
    public async Task A_body_of_another_length_than_announced_is_no_good_answer(bool http2, string announced, string first, string second)
    {
        await using var upstream = Upstream("200", [announced], first, second);
        await using var proxy = await ProxyAsync(upstream);

        Assert.DoesNotContain(await ReadAsync(proxy, http2), body => body.Length == int.Parse(announced, null) && announced != "0");
        // 502 where nothing of it had gone on yet.
        Assert.Matches(" (200|502) (UPE|UC) ", (await proxy.LogAsync())[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_turns_out_too_long_behind_its_announced_end_is_a_failure_in_the_log(bool http2)
    {
        var taken = new TaskCompletionSource();
        await using var upstream = new RawUpstream(async stream =>
        {
            var peer = await Http2Peer.ServeAsync(stream);
            await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers);
            await peer.SendAsync(
                Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Block((":status", "200"), ("content-length", "4"))),
                Http2Wire.Frame(Http2Wire.Data, 0, 1, "good"u8)
            );
            await taken.Task;
            await peer.SendAsync(Http2Wire.Data, Http2Wire.EndStream, 1, (byte)'!');
            await peer.UntilAsync(_ => false);
        });
        await using var proxy = await ProxyAsync(upstream);
        using var client = proxy.Client();
        using var request = Request(http2);
        using var response = await client.SendAsync(request, CancellationToken.None);
        await using var body = await response.Content.ReadAsStreamAsync();
        await Eventually.InTimeAsync(body.ReadExactlyAsync(new byte[4]).AsTask());
        taken.SetResult();

        Assert.Contains(" 200 UPE ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("200", "+4")]
    [InlineData("200", " 4 4")]
    [InlineData("200", "0x4")]
    [InlineData("200", "-1")]
    [InlineData("200", "4", "5")]
    [InlineData("200", "4", "4")]
    [InlineData("200", "99999999999999999999")]
    [InlineData("204", "4")]
    public async Task An_announcement_that_is_not_one_number_is_refused(string status, params string[] announced)
    {
        foreach (var http2 in new[] { false, true })
        {
            await using var upstream = Upstream(status, announced, "good", "");
            await using var proxy = await ProxyAsync(upstream);
            using var client = proxy.Client();
            using var request = Request(http2);
            using var response = await client.SendAsync(request, CancellationToken.None);

            Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
            Assert.Contains(" 502 UPE ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET", "200", "good")]
    [InlineData("HEAD", "200", "")]
    [InlineData("GET", "304", "")]
    public async Task A_body_as_announced_arrives_and_one_that_cannot_be_there_is_not_waited_for(string method, string status, string body)
    {
        foreach (var http2 in new[] { false, true })
        {
            await using var upstream = Upstream(status, ["4"], body, "");
            await using var proxy = await ProxyAsync(upstream);
            using var client = proxy.Client();
            using var request = Request(http2);
            request.Method = new HttpMethod(method);
            using var response = await client.SendAsync(request, CancellationToken.None);

            Assert.Equal(int.Parse(status, null), (int)response.StatusCode);
            Assert.Equal(body, await response.Content.ReadAsStringAsync());
            Assert.Contains($" {status} - via_upstream ", (await proxy.LogAsync())[0], StringComparison.Ordinal);
        }
    }

    private static RawUpstream Upstream(string status, string[] announced, string first, string second) =>
        new(async stream =>
        {
            var peer = await Http2Peer.ServeAsync(stream);
            await peer.UntilAsync(frame => frame.Type == Http2Wire.Headers);
            var head = Http2Wire.Block([(":status", status), .. announced.Select(length => ("content-length", length))]);
            List<byte[]> frames = [Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, head)];
            if (second.Length > 0)
            {
                frames.Add(Http2Wire.Frame(Http2Wire.Data, 0, 1, Encoding.ASCII.GetBytes(first)));
            }

            var last = second.Length > 0 ? second : first;
            frames.Add(Http2Wire.Frame(Http2Wire.Data, Http2Wire.EndStream, 1, Encoding.ASCII.GetBytes(last)));
            await peer.SendAsync([.. frames]);
            await peer.UntilAsync(_ => false);
        });

    private static Task<TestProxy> ProxyAsync(RawUpstream upstream) =>
        TestProxy.StartAsync(TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(upstream.EndPoint, UpstreamProtocol.Http2))));

    private static HttpRequestMessage Request(bool http2) =>
        new(HttpMethod.Get, "http://reviews:9080/")
        {
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    // The body, where one came whole.
    private static async Task<string[]> ReadAsync(TestProxy proxy, bool http2)
    {
        using var client = proxy.Client();
        try
        {
            using var request = Request(http2);
            using var response = await client.SendAsync(request, CancellationToken.None);
            return [await response.Content.ReadAsStringAsync()];
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return [];
        }
    }
}
