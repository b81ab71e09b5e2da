using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>Garbage into every port of both programs: refused or closed, never an error of the program, and the others are served meanwhile.</summary>
public sealed class PortGarbageTests(HostedMesh mesh) : IClassFixture<HostedMesh>
{
    private const int AtOnce = 8;

    public static TheoryData<string> Ports => ["outbound", "inbound", "admin", "ready", "metrics", "merged", "ads", "monitoring"];

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task Garbage_is_refused_or_closed_while_others_are_served(string port)
    {
        await using var steady = new SteadyClient(mesh.Sidecar, "hosted");
        foreach (var (name, bytes) in Garbage.ForPorts())
        {
            using var connection = await RawConnection.OpenAsync(EndPointOf(port));
            await connection.SendAsync(bytes);
            connection.EndSending();
            var answer = Encoding.Latin1.GetString(await connection.ReadToEndAsync());
            Assert.True(IsRefusal(answer), $"{port}, {name}: '{answer[..Math.Min(answer.Length, 300)]}'");
        }

        await steady.CheckAsync();
        CheckProcesses(port);
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task A_TLS_client_is_turned_away(string port)
    {
        using var connection = await RawConnection.OpenAsync(EndPointOf(port));
        await using var tls = new SslStream(connection.Stream);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var refusal = await Record.ExceptionAsync(() =>
            tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "hosted" }, limit.Token)
        );
        Assert.True(refusal is AuthenticationException or IOException, $"{refusal}");
        CheckProcesses(port);
        await mesh.ServesAsync();
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task Clients_that_leave_or_stay_silent_hold_nobody_up(string port)
    {
        var silent = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 100; i++)
            {
                silent.Add(await RawConnection.OpenAsync(EndPointOf(port)));
                await silent[i].SendAsync(i % 2 == 0 ? "GET /" : "PRI * HT");
                using var gone = await RawConnection.OpenAsync(EndPointOf(port));
            }

            await mesh.ServesAsync();
            using var client = new EchoClient(mesh.Sidecar, Protocols.Http1);
            Assert.Equal("hosted", (await AnswerAsync(client)).Version);
        }
        finally
        {
            silent.ForEach(connection => connection.Dispose());
        }

        CheckProcesses(port);
    }

    [Theory]
    [InlineData("outbound")]
    [InlineData("inbound")]
    public async Task A_request_that_comes_byte_by_byte_is_answered(string port)
    {
        using var connection = await RawConnection.OpenAsync(EndPointOf(port));
        foreach (var b in "POST /slow HTTP/1.1\r\nHost: hosted\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray())
        {
            Assert.True(await connection.SendAsync(new[] { b }));
        }

        Assert.Equal(200, (await connection.ReadResponseAsync()).Status);
    }

    [Theory]
    [InlineData("outbound")]
    [InlineData("inbound")]
    public async Task A_body_that_breaks_its_framing_ends_its_own_request_only(string port)
    {
        string[] bodies =
        [
            "Transfer-Encoding: chunked\r\n\r\nzz\r\nnothing",
            "Transfer-Encoding: chunked\r\n\r\n5;ext=\nhello\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
            "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n",
            "Content-Length: 50\r\n\r\nshort",
        ];
        await using var steady = new SteadyClient(mesh.Sidecar, "hosted");
        foreach (var body in bodies)
        {
            using var connection = await RawConnection.OpenAsync(EndPointOf(port));
            await connection.SendAsync($"POST / HTTP/1.1\r\nHost: hosted\r\n{body}");
            connection.EndSending();
            var answer = Encoding.Latin1.GetString(await connection.ReadToEndAsync());
            Assert.True(IsRefusal(answer), $"{port}, {body}: '{answer}'");
        }

        await steady.CheckAsync();
        CheckProcesses(port);
    }

    [Theory]
    [MemberData(nameof(Ports))]
    public async Task Many_bad_clients_at_once_are_all_turned_away(string port)
    {
        var inputs = Garbage.ForPorts().ToArray();
        await using var steady = new SteadyClient(mesh.Sidecar, "hosted");
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 200),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (i, _) =>
            {
                using var connection = await RawConnection.OpenAsync(EndPointOf(port));
                await connection.SendAsync(inputs[i % inputs.Length].Bytes);
                connection.EndSending();
                await connection.ReadToEndAsync();
            }
        );
        await steady.CheckAsync();
        CheckProcesses(port);
    }

    private static async Task<Echo> AnswerAsync(EchoClient client)
    {
        using var response = await client.SendAsync("/", host: "hosted");
        return (await System.Net.Http.Json.HttpContentJsonExtensions.ReadFromJsonAsync<Echo>(response.Content))!;
    }

    // No answer, an HTTP/1.1 refusal, or HTTP/2 frames: SETTINGS, then GOAWAY.
    private static bool IsRefusal(string answer) =>
        !answer.StartsWith("HTTP/1.", StringComparison.Ordinal)
        || answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal)
        || answer.StartsWith("HTTP/1.1 505", StringComparison.Ordinal);

    private void CheckProcesses(string port)
    {
        mesh.Sidecar.Process.CheckSound($"garbage into {port}");
        mesh.Mesh.ControlPlane.CheckSound($"garbage into {port}");
    }

    private IPEndPoint EndPointOf(string port) =>
        port switch
        {
            "outbound" => mesh.Sidecar.Outbound,
            "inbound" => mesh.Inbound,
            "admin" => IPEndPoint.Parse(mesh.Sidecar.Admin),
            "ready" => IPEndPoint.Parse($"{mesh.Sidecar.Address}:15021"),
            "metrics" => IPEndPoint.Parse($"{mesh.Sidecar.Address}:15090"),
            "merged" => IPEndPoint.Parse($"{mesh.Sidecar.Address}:15020"),
            "ads" => IPEndPoint.Parse(mesh.Mesh.Ads),
            _ => IPEndPoint.Parse(mesh.Mesh.Monitoring),
        };
}
