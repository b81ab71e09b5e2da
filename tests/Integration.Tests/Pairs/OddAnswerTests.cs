using System.Net;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Hostile;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>Answers that no library would send, from an upstream that speaks raw HTTP/1.1: carried where they are sound, refused where they are not.</summary>
[Collection(PairCollection.Name)]
public sealed class OddAnswerTests(PairMesh mesh)
{
    public static TheoryData<string> Both => Protocols.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Empty_values_and_repeated_lines_arrive(string protocol)
    {
        mesh.Canned.Answer(
            "HTTP/1.1 200 Odd Reason\r\nx-empty:\r\nX-MiXed: v\r\nx-dup: a\r\nx-dup: b\r\nx-space:  in  side  \r\ncontent-length: 2\r\n\r\nok"
        );
        using var client = mesh.Client(protocol, 80);
        using var request = client.To("/canned");
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.NonValidated.Contains("x-empty"));
        Assert.Equal(["v"], response.Lines("x-mixed"));
        Assert.Equal(["a", "b"], response.Lines("x-dup"));
        Assert.Equal(["in  side"], response.Lines("x-space"));
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        if (protocol == Protocols.Http1)
        {
            Assert.Equal("Odd Reason", response.ReasonPhrase);
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task A_body_until_the_end_of_the_connection_arrives_whole(string protocol)
    {
        var body = new string('b', 100_000);
        mesh.Canned.Answer($"HTTP/1.1 200 OK\r\n\r\n{body}");
        using var client = mesh.Client(protocol, 80);
        using var request = client.To("/canned");
        using var response = await client.SendAsync(request);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Interim_answers_come_before_the_final_one(string protocol)
    {
        mesh.Canned.Answer("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        using var client = mesh.Client(protocol, 80);
        using var request = client.To("/canned");
        using var response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Answers_that_are_no_HTTP_are_a_bad_gateway_and_harm_nobody(string protocol)
    {
        var random = new Random(321);
        string[] answers =
        [
            "",
            "garbage\r\n\r\n",
            "HTTP/1.1\r\n\r\n",
            "HTTP/1.1 abc OK\r\n\r\n",
            "HTTP/1.1 99 Low\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
            "HTTP/9.9 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            "\u0016\u0003\u0001\u0002\0",
            System.Text.Encoding.Latin1.GetString(Garbage.Bytes(random, 2000)),
            "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"x{i}: {new string('y', 100)}\r\n")) + "\r\n",
        ];
        using var client = mesh.Client(protocol, 80);
        foreach (var answer in answers)
        {
            mesh.Canned.Answer(answer);
            using var request = client.To("/canned");
            using var response = await client.SendAsync(request);
            Assert.True((int)response.StatusCode is 502 or 503, $"{response.StatusCode} to '{answer[..Math.Min(60, answer.Length)]}'");
            Assert.Equal("v1", (await client.EchoAsync("/")).Version);
        }

        mesh.Sidecar.Process.CheckSound("answers that are no HTTP");
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Bodies_that_break_their_framing_do_not_look_whole(string protocol)
    {
        string[] answers =
        [
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        ];
        using var client = mesh.Client(protocol, 80);
        foreach (var answer in answers)
        {
            mesh.Canned.Answer(answer);
            using var request = client.To("/canned");
            var broken = await Record.ExceptionAsync(async () =>
            {
                using var response = await client.SendAsync(request);
                // Where nothing was passed on yet, an answer of the proxy's own is as clear.
                throw (int)response.StatusCode >= 500
                    ? new HttpIOException(HttpRequestError.Unknown)
                    : new InvalidOperationException("it looks whole");
            });
            Assert.True(broken is HttpRequestException or HttpIOException, $"'{answer}': {broken}");
        }

        Assert.Equal("v1", (await client.EchoAsync("/")).Version);
        mesh.Sidecar.Process.CheckSound("bodies that break their framing");
    }
}
