using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>Programs whose open files are used up: they live, say so seldom, serve who was there, and recover.</summary>
public sealed class DescriptorTests
{
    private const int OpenFiles = 420;
    private const int Crowd = 700;
    private const string Host = "crowded";

    [PeerTheory("program:prlimit")]
    [InlineData("auto")]
    [InlineData("0")] // then only descriptors bound the clients
    public async Task A_sidecar_serves_on_and_follows_the_control_plane(string maxConnections)
    {
        await using var echo = await EchoUpstream.StartAsync(Host);
        await using var mesh = await LocalMesh.StartAsync();
        mesh.Write("crowded.yaml", Objects.EchoService(Host, "default", echo));
        var address = LoopbackSubnet.NextAddress();
        mesh.Write("pod-few.yaml", Objects.Pod("few", "default", address, "app: client"));
        await using var sidecar = new Sidecar("few", "default", address, mesh.Root) { OpenFiles = OpenFiles };
        sidecar.Start(["--ads", mesh.Ads], ["--max-connections", maxConnections, "--idle-timeout", "10m"]);
        await sidecar.ReadyAsync();
        await using var steady = new SteadyClient(sidecar, Host);
        await ServedAsync(steady);
        var crowd = new List<Socket>();
        try
        {
            // Half of them say what they want and wait, so that they have connections to the upstream, too.
            for (var i = 0; i < Crowd; i++)
            {
                crowd.Add(await OpenAsync(sidecar.Outbound, i % 2 == 0));
                crowd.Add(await OpenAsync(IPEndPoint.Parse($"{address}:15021"), i % 2 == 0));
            }

            await sidecar.ReadyAsync();
            var metrics = (await Wait.TextAsync($"http://{address}:15090/stats/prometheus", CancellationToken.None))!;
            var refused =
                maxConnections == "0"
                    ? "mesh_downstream_connections_without_descriptor_total"
                    : "mesh_downstream_connections_refused_total";
            Assert.True(Sum(metrics, refused) > 0, metrics);
            Assert.True(Sum(metrics, "mesh_admin_connections_replaced_total") > 0, metrics);
            using var info = JsonDocument.Parse((await Wait.TextAsync($"http://{sidecar.Admin}/server_info", CancellationToken.None))!);
            Assert.Equal(OpenFiles, info.RootElement.GetProperty("open_files").GetInt32());
            var before = await sidecar.VersionAsync();
            mesh.Write("other.yaml", Objects.Marker("other.marker.test", "new"));
            await sidecar.VersionChangedAsync(before);
            await ServedAsync(steady);
            await steady.CheckAsync();
        }
        finally
        {
            crowd.ForEach(socket => socket.Dispose());
        }

        await sidecar.AnswersAsync("other.marker.test", "new");
        sidecar.Process.CheckSound("too many clients");
        Assert.InRange(
            File.ReadLines(sidecar.LogFile).Count(line => line.Contains("since this was said last", StringComparison.Ordinal)),
            1,
            8
        );
    }

    [PeerFact("program:prlimit")]
    public async Task A_control_plane_serves_on()
    {
        await using var mesh = await LocalMesh.StartLimitedAsync(OpenFiles);
        var sidecar = await mesh.StartSidecarAsync();
        var crowd = new List<Socket>();
        try
        {
            for (var i = 0; i < Crowd; i++)
            {
                crowd.Add(await OpenAsync(IPEndPoint.Parse(mesh.Ads), false));
                crowd.Add(await OpenAsync(IPEndPoint.Parse(mesh.Monitoring), false));
            }

            await Wait.UntilAsync(
                "the control plane answers",
                TimeSpan.FromSeconds(60),
                () => Wait.AnswersAsync($"http://{mesh.Monitoring}/ready", CancellationToken.None),
                CancellationToken.None
            );
            // Over the stream that was there before.
            await mesh.ApplyAsync("change.yaml", "");
            var metrics = (await Wait.TextAsync($"http://{mesh.Monitoring}/metrics", CancellationToken.None))!;
            Assert.True(Sum(metrics, "mesh_connections_closed_total{port=\"ads\"}") > 0, metrics);
            Assert.True(Sum(metrics, "mesh_connections_closed_total{port=\"monitoring\"}") > 0, metrics);
        }
        finally
        {
            crowd.ForEach(socket => socket.Dispose());
        }

        await mesh.StartSidecarAsync("late-1");
        mesh.ControlPlane.CheckSound("too many clients");
        Assert.False(sidecar.Process.HasExited);
    }

    private static async Task ServedAsync(SteadyClient client)
    {
        var served = client.Served;
        await Wait.UntilAsync(
            "ten more answers",
            TimeSpan.FromSeconds(60),
            () => Task.FromResult(client.Served > served + 10),
            CancellationToken.None
        );
    }

    private static async Task<Socket> OpenAsync(IPEndPoint address, bool asks)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            await socket.ConnectAsync(address, limit.Token);
            if (asks)
            {
                await socket.SendAsync("POST / HTTP/1.1\r\nHost: crowded\r\nContent-Length: 5\r\n\r\nhalf"u8.ToArray(), limit.Token);
            }
        }
        catch (SocketException)
        {
            // Refused.
        }

        return socket;
    }

    private static double Sum(string metrics, string name) =>
        metrics
            .Split('\n')
            .Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));
}
