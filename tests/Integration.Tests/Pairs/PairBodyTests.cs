using System.Net;
using System.Security.Cryptography;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>Bodies of every size and framing, over every pair of protocols.</summary>
[Collection(PairCollection.Name)]
public sealed class PairBodyTests(PairMesh mesh)
{
    private const long Large = 100 * 1024 * 1024;
    private const long Huge = 1024 * 1024 * 1024;

    // The runtime, its code and what all tests before left take some 150 MiB; a buffered body would show.
    private const long MostResidentKiB = 500 * 1024;

    public static TheoryData<string, int> Pairs => PairCollection.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public Task A_hundred_megabytes_arrive_whole_both_ways(string protocol, int port) => ArriveWholeBothWaysAsync(protocol, port, Large);

    [Theory]
    [InlineData(Protocols.Http1, 80)]
    [InlineData(Protocols.Http2, 81)]
    public async Task A_gigabyte_arrives_whole_both_ways_and_never_stays(string protocol, int port)
    {
        await ArriveWholeBothWaysAsync(protocol, port, Huge);
        Assert.InRange(mesh.Sidecar.Process.PeakResidentKiB(), 1, MostResidentKiB);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_body_without_length_arrives_whole(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        using var body = new PatternContent(300_000, declared: false);
        using var request = client.To("/upload", HttpMethod.Put, body);
        if (protocol == Protocols.Http1)
        {
            request.Headers.TransferEncodingChunked = true;
        }

        using var response = await client.SendAsync(request);
        Assert.Equal(300_000, (await PairRequest.EchoOf(response)).BodyLength);
        Assert.Equal(PatternContent.Sha256(300_000), response.Lines("x-sha256").Single());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_answer_in_parts_arrives_in_parts(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        using var request = client.To("/chunks");
        using var response = await client.SendAsync(request);
        Assert.Equal("first second third", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task HEAD_and_answers_without_body_have_none(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        using var headRequest = client.To("/length", HttpMethod.Head);
        using var head = await client.SendAsync(headRequest);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(1234, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());

        foreach (var code in new[] { 204, 205, 304 })
        {
            using var request = client.To($"/status?code={code}");
            using var response = await client.SendAsync(request);
            Assert.Equal(code, (int)response.StatusCode);
            Assert.Equal(["\"tag\""], response.Lines("etag"));
            Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        }

        // The connection is still in step.
        Assert.Equal("v1", (await client.EchoAsync("/")).Version);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Statuses_nobody_registered_pass(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        foreach (var code in new[] { 299, 418, 451, 499, 599, 999 })
        {
            using var request = client.To($"/status?code={code}");
            using var response = await client.SendAsync(request);
            Assert.Equal(code, (int)response.StatusCode);
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Expect_100_continue_is_obeyed(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        using var body = new PatternContent(50_000, declared: true);
        using var request = client.To("/upload", HttpMethod.Post, body);
        request.Headers.ExpectContinue = true;
        using var response = await client.SendAsync(request);
        Assert.Equal(50_000, (await PairRequest.EchoOf(response)).BodyLength);
    }

    // HTTP/1.1 upstreams are read once everything was sent to them, so only HTTP/2 ones are heard while a request is still being sent.
    [Fact]
    public async Task An_answer_before_the_end_of_the_request_arrives_before_it()
    {
        using var client = mesh.Client(Protocols.Http2, 81);
        using var body = new HeldContent(10_000);
        using var request = client.To("/early", HttpMethod.Post, body);
        try
        {
            using var response = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
            Assert.Equal("too much", await response.Content.ReadAsStringAsync());
        }
        finally
        {
            body.Release();
        }

        Assert.Equal("v1", (await client.EchoAsync("/")).Version);

        using var connection = await mesh.ConnectAsync();
        await connection.SendAsync("POST /early HTTP/1.1\r\nHost: pair:81\r\nContent-Length: 1000000\r\n\r\nfirst part");
        var early = await connection.ReadResponseAsync();
        Assert.Equal(413, early.Status);
        Assert.Equal("too much", early.Text);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_upstream_that_answers_without_reading_is_heard(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        using var body = new PatternContent(200_000, declared: true);
        using var request = client.To("/early", HttpMethod.Post, body);
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("too much", await response.Content.ReadAsStringAsync());
    }

    private async Task ArriveWholeBothWaysAsync(string protocol, int port, long size)
    {
        var checksum = PatternContent.Sha256(size);
        using var client = mesh.Client(protocol, port);
        using var body = new PatternContent(size, declared: true);
        using var request = client.To("/upload", HttpMethod.Post, body);
        using var response = await client.SendAsync(request);
        var echo = await PairRequest.EchoOf(response);
        Assert.Equal(size, echo.BodyLength);
        Assert.Equal(checksum, response.Lines("x-sha256").Single());

        using var download = client.To($"/download?size={size}");
        using var answer = await client.SendAsync(download, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(size, answer.Content.Headers.ContentLength);
        await using var stream = await answer.Content.ReadAsStreamAsync();
        Assert.Equal(checksum, Convert.ToHexString(await SHA256.HashDataAsync(stream)));
    }
}
