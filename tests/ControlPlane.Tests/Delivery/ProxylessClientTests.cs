using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Delivery;
using Mesh.Tests;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>gRPC's own xDS client resolves a service through this server, follows its changes and refuses nothing.</summary>
public sealed class ProxylessClientTests
{
    private const string Target = "shop.default.svc.cluster.local:80";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [PeerFact("python:grpc")]
    public async Task A_grpc_client_follows_a_change_of_weights_without_a_NACK()
    {
        await using var host = await DiscoveryHost.StartAsync();
        using var client = Start(host.Address);
        var ports = (await LineAsync(client)).Split(' ').Select(uint.Parse).ToArray();

        host.Store.Publish(View("1", ports, weightOfA: 100));
        Assert.Equal("20 0 0", await CallAsync(client, 20));

        host.Store.Publish(View("2", ports, weightOfA: 0));
        await UntilSyncedAsync(host, "2");
        // The client applies what it accepted a moment later; what it answers then no longer changes.
        for (var attempt = 0; await CallAsync(client, 5) != "0 5 0"; attempt++)
        {
            Assert.True(attempt < 1000, "the client never followed the change");
        }
        Assert.Equal("0 20 0", await CallAsync(client, 20));

        Assert.DoesNotContain("pilot_total_xds_rejects{", host.Metrics.ToText());
        Assert.Equal(NodeKind.Grpc, Assert.Single(host.Status.Clients).Node!.Kind);
        client.StandardInput.Close();
        await client.WaitForExitAsync().WaitAsync(Patience);
    }

    private static StaticView View(string version, uint[] ports, uint weightOfA)
    {
        var route = new Pb.Route
        {
            Match = new Pb.RouteMatch { Prefix = "" },
            Route_ = new Pb.RouteAction { WeightedClusters = new Pb.WeightedCluster { TotalWeight = 100 } },
        };
        foreach (var (cluster, weight) in new[] { ("a", weightOfA), ("b", 100 - weightOfA) })
        {
            if (weight > 0)
            {
                route.Route_.WeightedClusters.Clusters.Add(new Pb.WeightedCluster.Types.ClusterWeight { Name = cluster, Weight = weight });
            }
        }
        var routes = new Pb.RouteConfiguration
        {
            Name = "routes",
            VirtualHosts =
            {
                new Pb.VirtualHost
                {
                    Name = "shop",
                    Domains = { Target },
                    Routes = { route },
                },
            },
        };
        var manager = new Pb.HttpConnectionManager
        {
            Rds = new Pb.Rds { ConfigSource = Ads(), RouteConfigName = "routes" },
            HttpFilters =
            {
                new Pb.HttpFilter { Name = ExtensionNames.Router, TypedConfig = Any.Pack(new Pb.Router()) },
            },
        };
        var listener = new Pb.Listener
        {
            Name = Target,
            ApiListener = new Pb.ApiListener { ApiListener_ = Any.Pack(manager) },
        };
        var view = new StaticView(version, [Cluster("a"), Cluster("b"), Endpoints("a", ports[0]), Endpoints("b", ports[1])]);
        view.OnDemand.Add((TypeUrls.Listener, Target), XdsResource.Create(Target, listener));
        view.OnDemand.Add((TypeUrls.Route, "routes"), XdsResource.Create("routes", routes));
        return view;
    }

    private static Pb.ConfigSource Ads() => new() { Ads = new Pb.AggregatedConfigSource(), ResourceApiVersion = Pb.ApiVersion.V3 };

    private static XdsResource Cluster(string name) =>
        XdsResource.Create(
            name,
            new Pb.Cluster
            {
                Name = name,
                Type = Pb.Cluster.Types.DiscoveryType.Eds,
                EdsClusterConfig = new Pb.Cluster.Types.EdsClusterConfig { EdsConfig = Ads() },
            }
        );

    private static XdsResource Endpoints(string name, uint port)
    {
        var address = new Pb.Address
        {
            SocketAddress = new Pb.SocketAddress { Address = "127.0.0.1", PortValue = port },
        };
        var locality = new Pb.LocalityLbEndpoints
        {
            Locality = new Pb.Locality { Region = "here" },
            LoadBalancingWeight = 1,
        };
        locality.LbEndpoints.Add(new Pb.LbEndpoint { Endpoint = new Pb.Endpoint { Address = address } });
        return XdsResource.Create(name, new Pb.ClusterLoadAssignment { ClusterName = name, Endpoints = { locality } });
    }

    private static Process Start(Uri server)
    {
        var start = new ProcessStartInfo(Peers.Python, [Path.Combine(Peers.ProjectDirectory, "peers", "python", "xds_client.py"), Target])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["GRPC_XDS_BOOTSTRAP_CONFIG"] = $$"""
            {
              "xds_servers": [
                {"server_uri": "{{server.Authority}}", "channel_creds": [{"type": "insecure"}], "server_features": ["xds_v3"]}
              ],
              "node": {"id": "client-1"}
            }
            """;
        return Process.Start(start)!;
    }

    private static async Task<string> CallAsync(Process client, int calls)
    {
        await client.StandardInput.WriteLineAsync($"{calls}");
        return await LineAsync(client);
    }

    private static async Task<string> LineAsync(Process client) =>
        await client.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException("The client has ended.");

    private static async Task UntilSyncedAsync(DiscoveryHost host, string view)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!host.Status.Clients.Any(c => c.Types.Any(t => t.ViewVersion == view && t.State == "SYNCED")))
        {
            await Task.Delay(10, patience.Token);
        }
    }
}
