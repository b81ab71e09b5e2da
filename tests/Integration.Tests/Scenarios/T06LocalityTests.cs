using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>A mesh of three regions: two pods beside the client, one in another zone of its region, one in each other region.</summary>
public sealed class T06LocalityTests(T06LocalityTests.Regions regions) : IClassFixture<T06LocalityTests.Regions>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // One for each test: an endpoint stays ejected as long as its service exists.
    private readonly string _service = regions.NextService();

    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T06_Traffic_stays_near_and_fails_over_zone_by_zone_as_endpoints_fail(string protocol)
    {
        await ApplyAsync(
            """
              outlierDetection: { consecutive5xxErrors: 1, interval: 300s, baseEjectionTime: 300s, maxEjectionPercent: 100 }
              loadBalancer: { simple: ROUND_ROBIN, localityLbSetting: { failover: [ { from: south, to: west } ] } }
            """
        );
        using var client = new EchoClient(regions.Client, protocol, _service);
        Assert.Equal(["near-1", "near-2"], await SetAsync(client));

        // Half of the nearest are left: 70 per cent stay with it.
        await FailAsync(client, "near-1");
        var shares = await Load.RunAsync(400, _ => client.WhoAsync("/"));
        Assert.InRange(shares["near-2"], 240, 320);
        Assert.Equal(400, shares["near-2"] + shares["zone"]);

        await FailAsync(client, "near-2");
        Assert.Equal(["zone"], await SetAsync(client));
        await FailAsync(client, "zone");
        Assert.Equal(["west"], await SetAsync(client));
        await FailAsync(client, "west");
        Assert.Equal(["east"], await SetAsync(client));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T06_Failover_priority_orders_endpoints_by_their_labels(string protocol)
    {
        await ApplyAsync(
            """
              outlierDetection: { consecutive5xxErrors: 1, interval: 300s, baseEjectionTime: 300s, maxEjectionPercent: 100 }
              loadBalancer: { localityLbSetting: { failoverPriority: [ tier, topology.kubernetes.io/region ] } }
            """
        );
        using var client = new EchoClient(regions.Client, protocol, _service);

        // Gold like the client: one in its region, one elsewhere.
        Assert.Equal(["zone"], await SetAsync(client));
        await FailAsync(client, "zone");
        Assert.Equal(["east"], await SetAsync(client));
        await FailAsync(client, "east");
        Assert.Equal(["near-1", "near-2", "west"], await SetAsync(client));
    }

    [Fact]
    public async Task T06_Without_outlier_detection_all_localities_are_equal()
    {
        await ApplyAsync("  loadBalancer: { localityLbSetting: { failover: [ { from: south, to: west } ] } }");
        using var client = new EchoClient(regions.Client, Protocols.Http1, _service);

        Assert.Equal(["east", "near-1", "near-2", "west", "zone"], await SetAsync(client));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T06_Distribute_gives_localities_their_shares_however_many_endpoints_they_have(string protocol)
    {
        await ApplyAsync(
            """
              loadBalancer:
                simple: ROUND_ROBIN
                localityLbSetting: { distribute: [ { from: "south/*", to: { "south/s1": 20, "south/s2": 50, "west/*": 30 } } ] }
            """
        );
        using var client = new EchoClient(regions.Client, protocol, _service);
        var shares = await Load.RunAsync(1000, _ => client.WhoAsync("/"));

        // A smooth sequence: within 2 of any 100.
        Assert.InRange(shares["near-1"] + shares["near-2"], 180, 220);
        Assert.InRange(shares["zone"], 480, 520);
        Assert.InRange(shares["west"], 280, 320);
        Assert.False(shares.ContainsKey("east"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T06_Zone_aware_balancing_keeps_traffic_in_the_zone_that_can_take_it(string protocol)
    {
        await ApplyAsync("  loadBalancer: { zoneAwareLbSetting: { minClusterSize: 3 } }");
        using var client = new EchoClient(regions.Client, protocol, _service);

        // Two of the three endpoints of the region are in one of its two zones.
        var shares = await Load.RunAsync(300, _ => client.WhoAsync("/"));
        Assert.InRange(shares["near-1"] + shares["near-2"], 297, 300);
        Assert.False(shares.ContainsKey("west") || shares.ContainsKey("east"));
    }

    private static string Labels(string labels, string region, string zone) =>
        $"{labels}, topology.kubernetes.io/region: {region}, topology.kubernetes.io/zone: {zone}";

    private static async Task<string[]> SetAsync(EchoClient client)
    {
        var answers = await Load.RunAsync(200, _ => client.WhoAsync("/"));
        return [.. answers.Keys.Order(StringComparer.Ordinal)];
    }

    // One failure of it is enough; who is asked is the balancer's choice, so until it was this one.
    private async Task FailAsync(EchoClient client, string version)
    {
        await Wait.UntilAsync(
            $"{version} failed",
            Patience,
            async () =>
            {
                using var response = await client.SendAsync("/", headers: [("x-fail-version", version)]);
                return (int)response.StatusCode == 500;
            },
            CancellationToken.None
        );
    }

    private string Service()
    {
        var places = new[]
        {
            ("south", "s1", "iron"),
            ("south", "s1", "iron"),
            ("south", "s2", "gold"),
            ("west", "w1", "iron"),
            ("east", "e1", "gold"),
        };
        var yaml = Objects.EchoService(_service, "default", [.. regions.Pods]);
        for (var i = 0; i < places.Length; i++)
        {
            var (region, zone, tier) = places[i];
            var own = $"app: {_service}, version: {regions.Pods[i].Version}";
            yaml = yaml.Replace($"{{ {own} }}", $"{{ {Labels($"{own}, tier: {tier}", region, zone)} }}", StringComparison.Ordinal);
        }

        return yaml;
    }

    private Task ApplyAsync(string policy) =>
        regions.Mesh.ApplyAsync(
            "scenario.yaml",
            $$"""
            {{Service()}}
            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: {{_service}}, namespace: default }
            spec:
              host: {{_service}}
              trafficPolicy:
            {{string.Join('\n', policy.Split('\n').Select(line => "  " + line))}}
            ---
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: { name: {{_service}}, namespace: default }
            spec:
              hosts: [ {{_service}} ]
              http:
                - retries: { attempts: 0 }
                  route: [ { destination: { host: {{_service}} } } ]

            """
        );

    /// <summary>The pods of all regions, and a client in one of them.</summary>
    public sealed class Regions : IAsyncLifetime
    {
        private int _services;

        internal List<EchoUpstream> Pods { get; } = [];

        internal LocalMesh Mesh { get; private set; } = null!;

        internal Sidecar Client { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Mesh = await LocalMesh.StartAsync();
            foreach (var name in new[] { "near-1", "near-2", "zone", "west", "east" })
            {
                Pods.Add(await EchoUpstream.StartAsync(name));
            }

            Client = await Mesh.StartSidecarAsync(labels: Labels("app: client, tier: gold", "south", "s1"));
        }

        public async Task DisposeAsync()
        {
            await Mesh.DisposeAsync();
            foreach (var pod in Pods)
            {
                await pod.DisposeAsync();
            }
        }

        internal string NextService() => $"echo-{++_services}";
    }
}
