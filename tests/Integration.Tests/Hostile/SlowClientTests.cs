using System.Net;
using Google.Protobuf;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>Clients of the control plane that never read what they asked for.</summary>
public sealed class SlowClientTests
{
    private const int Changes = 100;
    private const int SlowClients = 5;

    [Fact]
    public async Task Clients_that_never_read_do_not_delay_the_others()
    {
        await using var mesh = await LocalMesh.StartAsync();
        var sidecar = await mesh.StartSidecarAsync();
        var slow = new List<RawConnection>();
        try
        {
            for (var i = 0; i < SlowClients; i++)
            {
                // Half of them take a first response and then nothing, the others nothing at all.
                slow.Add(await SubscribeAsync(IPEndPoint.Parse(mesh.Ads), window: i % 2 == 0 ? 0 : 65_535, $"slow-{i}"));
            }

            await Wait.UntilAsync(
                "the slow clients are known",
                TimeSpan.FromSeconds(60),
                async () =>
                    await Wait.TextAsync($"http://{mesh.Monitoring}/debug/syncz", CancellationToken.None) is { } text
                    && Enumerable.Range(0, SlowClients).All(i => text.Contains($"slow-{i}", StringComparison.Ordinal)),
                CancellationToken.None
            );

            // Each must reach the sidecar within the harness's own patience, which a wait for a slow client would exceed.
            for (var i = 0; i < Changes; i++)
            {
                await mesh.ApplyAsync("change.yaml", "");
            }
        }
        finally
        {
            slow.ForEach(connection => connection.Dispose());
        }

        mesh.ControlPlane.CheckSound("clients that never read");
    }

    private static async Task<RawConnection> SubscribeAsync(IPEndPoint ads, int window, string name)
    {
        var connection = await RawConnection.OpenAsync(ads);
        await connection.SendAsync(Http2Frames.Preface);
        await connection.SendAsync(Http2Frames.SettingsWithWindow(window));
        await connection.SendAsync(Http2Frames.GrpcCall(1, XdsMethods.StreamAggregatedResourcesPath, ads.ToString()));
        foreach (var type in new[] { TypeUrls.Cluster, TypeUrls.Listener })
        {
            var request = new Pb.DiscoveryRequest
            {
                TypeUrl = type,
                Node = new() { Id = $"sidecar~10.9.9.9~{name}.default~default.svc.cluster.local" },
            };
            await connection.SendAsync(Http2Frames.GrpcMessage(1, request.ToByteArray()));
        }

        return connection;
    }
}
