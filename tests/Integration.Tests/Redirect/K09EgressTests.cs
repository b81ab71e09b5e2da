using System.Text;
using System.Text.Json.Nodes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>K09: a pod without NET_ADMIN calls others through ports that its sidecar opens, encrypted; what comes in to it does not pass the sidecar.</summary>
public sealed class K09EgressTests(UncapturedMesh mesh) : IClassFixture<UncapturedMesh>
{
    private const string Tcpdump = "program:tcpdump";
    private const string Secret = "open-sesame-90210";

    [RedirectFact(Tcpdump, GrpcPeer.PythonPeer)]
    public async Task K09_an_ordinary_process_calls_through_egress_listeners_with_mutual_TLS()
    {
        Assert.DoesNotContain("MESH_", mesh.Client.Run("iptables-save"), StringComparison.Ordinal);
        await mesh.StrictAsync();
        using var wire = await PacketCapture.StartAsync(mesh.Server, Path.Combine(mesh.Root, "egress.pcap"));

        var http = mesh.Curl("-H", "Host: shop:9180", "-H", $"x-secret: {Secret}", $"http://127.0.0.1:{UncapturedMesh.HttpListener}/");
        Assert.Contains(InjectedMesh.ClientIdentity, http, StringComparison.Ordinal);
        Assert.Contains(Secret, http, StringComparison.Ordinal);

        // The one port for what names its destination itself.
        var proxied = mesh.Curl("--proxy", "http://127.0.0.1:15001", $"http://shop:{UncapturedMesh.HttpListener}/");
        Assert.Contains(InjectedMesh.ClientIdentity, proxied, StringComparison.Ordinal);

        using (var first = await mesh.Client.ConnectAsync("127.0.0.1", UncapturedMesh.FirstListener))
        {
            Assert.Equal("220 first ready\r\n", Encoding.Latin1.GetString(await first.ReadAsync(17)));
            await first.SendAsync(Secret);
            Assert.Equal($"first:{Secret}", Encoding.Latin1.GetString(await first.ReadAsync(6 + Secret.Length)));
        }

        await using (var grpc = await mesh.GrpcClientAsync($"127.0.0.1:{UncapturedMesh.GrpcListener}", "rpc:9000"))
        {
            Assert.Equal([new(InjectedMesh.ReplyingGrpc, 5)], await grpc.CallAsync("/shop.Cart/Get", 5));
        }

        // A name that the listener does not have is nobody's, and above all not the listener's own.
        Assert.StartsWith("HTTP/1.1 503", mesh.Curl($"http://127.0.0.1:{UncapturedMesh.HttpListener}/"), StringComparison.Ordinal);

        var streams = await wire.StopAsync();
        foreach (var port in new[] { 8080, 8082, 8085 })
        {
            Assert.Contains(streams, stream => stream.Key.To.Port == port);
            Assert.Contains(streams, stream => stream.Key.From.Port == port);
        }

        Assert.All(
            streams,
            stream => Assert.True(TlsRecords.Are(stream.Value), $"{stream.Key}: {Encoding.Latin1.GetString(stream.Value)}")
        );
        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task K09_what_comes_in_is_not_captured_and_the_pod_says_so()
    {
        using var application = new TalkingServer(
            mesh.Client.Listen(RedirectMesh.ClientAddress, UncapturedMesh.OwnPort),
            "outpost",
            greets: false
        );
        await mesh.StrictAsync();
        // A pod of the mesh sends it plaintext, because nobody there would understand anything else.
        await InjectedMesh.UntilAsync(
            "the outpost is called by its service",
            () =>
                Ask(mesh.Server, RedirectMesh.OrdinaryUser, $"http://{UncapturedMesh.Outpost}/", "-H", "Host: outpost")
                    .EndsWith("outpost", StringComparison.Ordinal)
        );
        // Mesh-wide STRICT, and yet a stranger is answered: that is what the user is told.
        Assert.EndsWith(
            "outpost",
            Ask(mesh.Server, RedirectMesh.ProxyUser, $"http://{RedirectMesh.ClientAddress}:{UncapturedMesh.OwnPort}/"),
            StringComparison.Ordinal
        );
        var metadata = mesh.InjectedPod("client-1")["metadata"]!;
        Assert.Null(metadata["labels"]!["security.istio.io/tlsMode"]);
        Assert.False((bool)JsonNode.Parse((string)metadata["annotations"]!["sidecar.istio.io/status"]!)!["inboundProtected"]!);
        mesh.CheckSound();
    }

    private static string Ask(NetworkNamespace host, int user, string url, params string[] options)
    {
        try
        {
            return host.Run([.. host.CommandAs(user, ["curl", "-sS", "--max-time", "20", .. options, url])[3..]]);
        }
        catch (InvalidOperationException none)
        {
            return none.Message;
        }
    }
}
