using System.Net;
using System.Text;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>Traffic of programs that know nothing of the mesh, taken by the kernel and given to the sidecars at both ends.</summary>
public sealed class RedirectCaptureTests(RedirectMesh mesh) : IClassFixture<RedirectMesh>
{
    [RedirectFact]
    public async Task HTTP_to_a_service_address_obeys_the_rules_at_both_ends()
    {
        var answer = mesh.Curl("-H", "Host: web", $"http://{RedirectMesh.Vip}/hello?a=b");
        Assert.Contains("200", Line(answer), StringComparison.Ordinal);
        Assert.Contains("x-by: rule", answer, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("\"version\":\"v1\"", answer, StringComparison.Ordinal);
        Assert.Contains("\"target\":\"/hello?a=b\"", answer, StringComparison.Ordinal);
        Assert.Contains(
            "\"version\":\"v2\"",
            mesh.Curl("-H", "Host: web", "-H", "x-user: second", $"http://{RedirectMesh.Vip}/"),
            StringComparison.Ordinal
        );

        await LoggedAsync(
            () => mesh.ClientLog,
            "\"GET /hello?a=b HTTP/1.1\" 200",
            "outbound|80|v1|web.default.svc.cluster.local",
            $"{RedirectMesh.Vip}:80"
        );
        await LoggedAsync(() => mesh.ServerLog, "\"GET /hello?a=b HTTP/1.1\" 200", "inbound|8080||");
        mesh.CheckSound();
    }

    [RedirectFact]
    public void A_name_that_is_the_address_itself_means_the_service()
    {
        var answer = mesh.Curl($"http://{RedirectMesh.Vip}/");
        Assert.Contains("x-by: rule", answer, StringComparison.OrdinalIgnoreCase);
    }

    [RedirectFact]
    public async Task HTTP_2_with_prior_knowledge_obeys_the_rules_at_both_ends()
    {
        var answer = mesh.Curl("--http2-prior-knowledge", "-H", "Host: web", $"http://{RedirectMesh.Vip}:81/two");
        Assert.StartsWith("HTTP/2 200", answer, StringComparison.Ordinal);
        Assert.Contains("\"protocol\":\"HTTP/2\"", answer, StringComparison.Ordinal);
        Assert.Contains("x-by: rule", answer, StringComparison.OrdinalIgnoreCase);
        var other = mesh.Curl("--http2-prior-knowledge", "-H", "Host: web:81", "-H", "x-user: second", $"http://{RedirectMesh.Vip}:81/");
        Assert.Contains("\"version\":\"v2\"", other, StringComparison.Ordinal);

        // The same port takes both; what the upstream speaks is the port's matter.
        Assert.Contains(
            "\"protocol\":\"HTTP/2\"",
            mesh.Curl("-H", "Host: web", $"http://{RedirectMesh.Vip}:81/"),
            StringComparison.Ordinal
        );
        await LoggedAsync(() => mesh.ServerLog, "\"GET /two HTTP/2\" 200", "inbound|8081||");
    }

    [RedirectFact]
    public void Weights_are_kept()
    {
        var answers = mesh.Curl(["-H", "Host: web", .. Enumerable.Repeat($"http://{RedirectMesh.Vip}/split", 40)]);
        Assert.InRange(Count(answers, "\"version\":\"v1\""), 18, 22);
        Assert.Equal(40, Count(answers, "\"version\":\"v"));
    }

    [RedirectFact]
    public async Task A_server_that_speaks_first_is_heard_at_once()
    {
        // Neither sidecar ever gives up waiting for a client's first bytes: a greeting shows that they did not wait.
        using var connection = await mesh.Client.ConnectAsync(RedirectMesh.OtherVip, RedirectMesh.ServerFirst);
        Assert.Equal("220 first ready\r\n", await ReadAsync(connection, 17));
        await connection.SendAsync("HELO mesh\r\n");
        Assert.Equal("first:HELO mesh\r\n", await ReadAsync(connection, 17));
    }

    [RedirectFact]
    public async Task A_client_that_speaks_first_is_carried_and_its_end_too()
    {
        using var connection = await mesh.Client.ConnectAsync(RedirectMesh.OtherVip, RedirectMesh.ClientFirst);
        await connection.SendAsync("\0\u0001binary");
        Assert.Equal("second:\0\u0001binary", await ReadAsync(connection, 15));
        connection.EndSending();
        Assert.Empty(await connection.ReadToEndAsync());
        await LoggedAsync(() => mesh.ClientLog, $"outbound|{RedirectMesh.ClientFirst}||talk.default.svc.cluster.local");
    }

    [RedirectFact]
    public async Task An_undeclared_port_is_taken_for_what_it_turns_out_to_be()
    {
        var http = mesh.Curl("-H", "Host: talk", $"http://{RedirectMesh.OtherVip}:{RedirectMesh.Undeclared}/sniff");
        Assert.EndsWith("sniffed", http, StringComparison.Ordinal);
        // Only a proxy that understood the request adds this.
        Assert.Contains("x-envoy-upstream-service-time", http, StringComparison.OrdinalIgnoreCase);

        using var connection = await mesh.Client.ConnectAsync(RedirectMesh.OtherVip, RedirectMesh.Undeclared);
        await connection.SendAsync("*1\r\n$4\r\nPING\r\n");
        Assert.Equal("sniffed:*1\r\n$4\r\nPING\r\n", await ReadAsync(connection, 22));
    }

    [RedirectFact]
    public async Task A_destination_nobody_knows_is_passed_through()
    {
        using var connection = await mesh.Client.ConnectAsync(RedirectMesh.Unknown, 9999);
        Assert.Equal("220 stranger ready\r\n", await ReadAsync(connection, 20));
        connection.EndSending();
        Assert.Empty(await connection.ReadToEndAsync());
        Assert.EndsWith("outsider", mesh.Curl("-H", "Host: outsider.test", $"http://{RedirectMesh.Unknown}/"), StringComparison.Ordinal);
        await LoggedAsync(() => mesh.ClientLog, "PassthroughCluster", $"{RedirectMesh.Unknown}:9999");
    }

    [RedirectFact]
    public async Task A_destination_that_refuses_is_refused_to_the_client()
    {
        using var connection = await mesh.Client.ConnectAsync(RedirectMesh.Unknown, 9998);
        Assert.Empty(await connection.ReadToEndAsync());
        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task The_proxies_own_ports_do_not_call_themselves()
    {
        // A client that dials the capture ports themselves must not send the proxy round in circles.
        foreach (var port in new[] { 15001, 15006 })
        {
            using var connection = await mesh.Client.ConnectAsync("127.0.0.1", port);
            await connection.SendAsync("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            connection.EndSending();
            var answer = Encoding.Latin1.GetString(await connection.ReadToEndAsync());
            Assert.DoesNotContain("HTTP/1.1 200", answer, StringComparison.Ordinal);
        }

        Assert.Contains("200", Line(mesh.Curl("-H", "Host: web", $"http://{RedirectMesh.Vip}/")), StringComparison.Ordinal);
        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task The_application_sees_the_address_that_stands_for_the_proxy()
    {
        Assert.Equal("<127.0.0.6>", await WhoAsync(RedirectMesh.OtherVip, RedirectMesh.ClientFirst));
        Assert.Equal("<::6>", await WhoAsync(RedirectMesh.UnknownIpv6, 9999));
    }

    [RedirectFact]
    public async Task An_excluded_port_is_reached_without_the_proxy_of_its_pod()
    {
        Assert.Equal($"<{RedirectMesh.ClientAddress}>", await WhoAsync(RedirectMesh.V1, RedirectMesh.WithoutCapture));
    }

    [RedirectFact]
    public async Task UDP_is_not_touched()
    {
        using var server = mesh.Server.OpenDatagram(RedirectMesh.V1, 5353);
        using var client = mesh.Client.OpenDatagram(RedirectMesh.ClientAddress, 5354);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await client.SendToAsync("question"u8.ToArray(), new IPEndPoint(IPAddress.Parse(RedirectMesh.V1), 5353), limit.Token);
        var buffer = new byte[64];
        var received = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), limit.Token);
        Assert.Equal("question", Encoding.ASCII.GetString(buffer, 0, received.ReceivedBytes));
        Assert.Equal(new IPEndPoint(IPAddress.Parse(RedirectMesh.ClientAddress), 5354), received.RemoteEndPoint);
    }

    private async Task<string> WhoAsync(string address, int port)
    {
        using var connection = await mesh.Client.ConnectAsync(address, port);
        await connection.SendAsync("WHO");
        var answer = new StringBuilder();
        while (!answer.ToString().EndsWith('>'))
        {
            answer.Append(await ReadAsync(connection, 1));
        }

        return answer.ToString();
    }

    private static string Line(string answer) => answer.Split('\n')[0];

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static async Task<string> ReadAsync(Hostile.RawConnection connection, int count) =>
        Encoding.Latin1.GetString(await connection.ReadAsync(count));

    private static Task LoggedAsync(Func<string> log, params string[] parts) =>
        Wait.UntilAsync(
            $"a line with {string.Join(" and ", parts)}",
            TimeSpan.FromSeconds(60),
            () => Task.FromResult(log().Split('\n').Any(line => parts.All(part => line.Contains(part, StringComparison.Ordinal)))),
            CancellationToken.None
        );
}
