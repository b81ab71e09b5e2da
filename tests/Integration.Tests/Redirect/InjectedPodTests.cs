using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Injection;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>Programs that know nothing of the mesh, in pods as the injector makes them: what they say is seen on the wire, or not.</summary>
[Collection(InjectedCollection.Name)]
public sealed class InjectedPodTests(InjectedMesh mesh)
{
    private const string Tcpdump = "program:tcpdump";
    private const string Secret = "open-sesame-77120";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    [RedirectFact(Tcpdump, GrpcPeer.PythonPeer)]
    public async Task S03_what_is_readable_on_the_wire_before_STRICT_is_TLS_after_it()
    {
        await DisableAsync();
        using (var open = await CaptureAsync("open"))
        {
            await TalkAsync();
            var streams = await open.StopAsync();
            foreach (var port in new[] { 8080, 8081, 8082, 8083, 8085 })
            {
                Assert.Contains(streams, stream => stream.Key.To.Port == port && !TlsRecords.Are(stream.Value));
            }

            Assert.Contains(streams, stream => stream.Key.To.Port == 8080 && Holds(stream.Value, Secret));
            Assert.Contains(streams, stream => stream.Key.From.Port == 8080 && Holds(stream.Value, Secret));
        }

        await mesh.StrictAsync();
        using (var closed = await CaptureAsync("closed"))
        {
            await TalkAsync();
            var streams = await closed.StopAsync();
            foreach (var port in new[] { 8080, 8081, 8082, 8083, 8085 })
            {
                Assert.Contains(streams, stream => stream.Key.To.Port == port);
                Assert.Contains(streams, stream => stream.Key.From.Port == port);
            }

            Assert.All(
                streams,
                stream => Assert.True(TlsRecords.Are(stream.Value), $"{stream.Key}: {Encoding.Latin1.GetString(stream.Value)}")
            );
            Assert.DoesNotContain(streams, stream => Holds(stream.Value, Secret));
        }

        mesh.CheckSound();
    }

    [RedirectFact(GrpcPeer.PythonPeer)]
    public async Task Under_STRICT_the_server_knows_the_client_in_every_protocol()
    {
        await mesh.StrictAsync();
        Assert.Contains(InjectedMesh.ClientIdentity, mesh.Curl("-H", "Host: web", $"http://{RedirectMesh.Vip}/"), StringComparison.Ordinal);
        Assert.Contains(
            InjectedMesh.ClientIdentity,
            mesh.Curl("--http2-prior-knowledge", "-H", "Host: web:81", $"http://{RedirectMesh.Vip}:81/"),
            StringComparison.Ordinal
        );
        await TalkAsync();
        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task Under_STRICT_who_has_no_certificate_is_refused_by_the_kernels_way_in()
    {
        await mesh.StrictAsync();
        var refused = Assert.Throws<InvalidOperationException>(() => mesh.Past(8080, "/"));
        Assert.Contains("curl:", refused.Message, StringComparison.Ordinal);
        Assert.Contains("uncaptured", mesh.Past(RedirectMesh.WithoutCapture, "/"), StringComparison.Ordinal);
        mesh.CheckSound();
    }

    [RedirectFact(GrpcPeer.PythonPeer)]
    public async Task K03_probes_are_answered_under_STRICT_with_what_the_application_says()
    {
        await mesh.StrictAsync();
        var web = Pods.Container(mesh.InjectedPod("server-1"), "containers", "web");
        Assert.Equal(200, Probe(web["readinessProbe"]!));
        Assert.Equal(200, Probe(web["startupProbe"]!));
        Assert.Equal(200, Probe(web["livenessProbe"]!));
        // Through the kernel's rules every port seems open; the proxy knows which one is not.
        Assert.Equal(500, Probe(Pods.Container(mesh.InjectedPod("server-1"), "containers", "deaf")["livenessProbe"]!));
        // As written it would fail: the kubelet has no certificate.
        Assert.Throws<InvalidOperationException>(() => mesh.Past(8080, "/probed"));
        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task Under_STRICT_who_dials_a_pod_of_a_headless_service_gets_that_pod_over_mutual_TLS()
    {
        await mesh.StrictAsync();
        using var greeted = await mesh.Client.ConnectAsync(RedirectMesh.V1, 8082);
        Assert.Equal("220 first ready\r\n", await TextAsync(greeted, 17));
        foreach (var (pod, name) in new[] { (RedirectMesh.V1, "second"), (RedirectMesh.V2, "other"), (RedirectMesh.V1, "second") })
        {
            using var connection = await mesh.Client.ConnectAsync(pod, 8083);
            await connection.SendAsync("PING");
            Assert.Equal($"{name}:PING", await TextAsync(connection, name.Length + 5));
        }

        // Requests, too: by the name of the pod, whatever was dialled, and else to the pod that was.
        foreach (
            var (host, dialled, version) in new[]
            {
                ("pods-0.pods", RedirectMesh.V1, "v1"),
                ("pods-0.pods.default.svc.cluster.local", RedirectMesh.V2, "v1"),
                ("pods", RedirectMesh.V1, "v1"),
                ("pods.default", RedirectMesh.V2, "v2"),
            }
        )
        {
            for (var i = 0; i < 4; i++)
            {
                var answer = mesh.Curl("-H", $"Host: {host}:8080", $"http://{dialled}:8080/");
                Assert.True(InjectedMesh.NamesPeer(answer), answer);
                Assert.Contains($"\"version\":\"{version}\"", answer, StringComparison.Ordinal);
            }
        }

        // Where nobody said what is spoken, both.
        using var undeclared = await mesh.Client.ConnectAsync(RedirectMesh.V1, 8084);
        // What could yet become the name of a method would be waited on for more.
        await undeclared.SendAsync("\u0001PING");
        Assert.Equal("sniffed:\u0001PING", await TextAsync(undeclared, 13));
        Assert.EndsWith(
            "sniffed",
            mesh.Curl("-H", "Host: undeclared-pods:8084", $"http://{RedirectMesh.V1}:8084/"),
            StringComparison.Ordinal
        );
        await InjectedMesh.UntilAsync(
            "HTTP in the log",
            () =>
                mesh.ClientLog.Contains("outbound|8084||undeclared-pods", StringComparison.Ordinal)
                && mesh.ClientLog.Contains("\"GET / HTTP/1.1\" 200", StringComparison.Ordinal)
        );

        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task UDP_to_a_captured_port_is_not_touched()
    {
        await mesh.StrictAsync();
        using var server = mesh.Server.OpenDatagram(RedirectMesh.V1, 8080);
        using var client = mesh.Client.OpenDatagram(RedirectMesh.ClientAddress, 15001);
        using var limit = new CancellationTokenSource(Patience);
        var to = new IPEndPoint(IPAddress.Parse(RedirectMesh.V1), 8080);
        await client.SendToAsync("question"u8.ToArray(), to, limit.Token);
        var buffer = new byte[64];
        var received = await server.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), limit.Token);
        Assert.Equal("question", Encoding.ASCII.GetString(buffer, 0, received.ReceivedBytes));
        Assert.Equal(new IPEndPoint(IPAddress.Parse(RedirectMesh.ClientAddress), 15001), received.RemoteEndPoint);
        await server.SendToAsync("answer"u8.ToArray(), received.RemoteEndPoint, limit.Token);
        var answered = await client.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), limit.Token);
        Assert.Equal("answer", Encoding.ASCII.GetString(buffer, 0, answered.ReceivedBytes));
        Assert.Equal(to, answered.RemoteEndPoint);
    }

    /// <summary>One exchange in each protocol, as an ordinary user, to addresses of services.</summary>
    private async Task TalkAsync()
    {
        Assert.Contains(
            Secret,
            mesh.Curl("-H", "Host: web", "-H", $"x-secret: {Secret}", $"http://{RedirectMesh.Vip}/"),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "HTTP/2 200",
            mesh.Curl("--http2-prior-knowledge", "-H", "Host: web:81", $"http://{RedirectMesh.Vip}:81/"),
            StringComparison.Ordinal
        );
        await using (var grpc = await mesh.GrpcClientAsync($"{InjectedMesh.GrpcVip}:9000"))
        {
            Assert.Equal([new(InjectedMesh.ReplyingGrpc, 5)], await grpc.CallAsync("/shop.Cart/Get", 5));
        }

        using var first = await mesh.Client.ConnectAsync(RedirectMesh.OtherVip, RedirectMesh.ServerFirst);
        Assert.Equal("220 first ready\r\n", await TextAsync(first, 17));
        await first.SendAsync("HELO mesh\r\n");
        Assert.Equal("first:HELO mesh\r\n", await TextAsync(first, 17));
        using var second = await mesh.Client.ConnectAsync(RedirectMesh.OtherVip, RedirectMesh.ClientFirst);
        await second.SendAsync("PING");
        Assert.Equal("second:PING", await TextAsync(second, 11));
    }

    private Task<PacketCapture> CaptureAsync(string name) => PacketCapture.StartAsync(mesh.Server, Path.Combine(mesh.Root, $"{name}.pcap"));

    private async Task DisableAsync()
    {
        mesh.Demand("DISABLE");
        await mesh.UntilAsync("plain text", answer => answer.Contains(" 200", StringComparison.Ordinal) && !InjectedMesh.NamesPeer(answer));
        await InjectedMesh.UntilAsync("plain text is taken", () => mesh.Past(8080, "/").Contains("200", StringComparison.Ordinal));
    }

    private int Probe(JsonNode probe) =>
        int.Parse(mesh.Past((int)probe["httpGet"]!["port"]!, (string)probe["httpGet"]!["path"]!).Split(' ')[1]);

    private static async Task<string> TextAsync(Hostile.RawConnection connection, int count) =>
        Encoding.Latin1.GetString(await connection.ReadAsync(count));

    private static bool Holds(byte[] stream, string text) => stream.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;
}
