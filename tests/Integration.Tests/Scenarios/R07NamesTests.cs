using System.Net.Http.Json;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>Names need namespaces of their own, so these scenarios have a mesh of their own.</summary>
public sealed class R07NamesTests(R07NamesTests.TwoNamespaces namespaces) : IClassFixture<R07NamesTests.TwoNamespaces>
{
    private readonly LocalMesh _mesh = namespaces.Mesh;
    private readonly Sidecar _shopper = namespaces.Shopper;
    private readonly Sidecar _stranger = namespaces.Stranger;
    private readonly EchoUpstream _shop = namespaces.Shop;

    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R07_Short_names_mean_the_service_of_the_callers_namespace_and_full_names_any(string protocol)
    {
        await _mesh.ApplyAsync("rules.yaml", "");
        using var shopper = new EchoClient(_shopper, protocol);
        using var stranger = new EchoClient(_stranger, protocol);
        Assert.Equal("shop", await WhoAsync(shopper, "cart"));
        Assert.Equal("elsewhere", await WhoAsync(stranger, "cart"));
        foreach (var name in new[] { "cart.shop", "cart.shop.svc", "cart.shop.svc.cluster.local" })
        {
            Assert.Equal("shop", await WhoAsync(shopper, name));
            Assert.Equal("shop", await WhoAsync(stranger, name));
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R07_A_short_host_in_a_rule_resolves_in_the_namespace_of_the_rule(string protocol)
    {
        await _mesh.ApplyAsync(
            "rules.yaml",
            Objects.VirtualService(
                "cart",
                "shop",
                "cart",
                "    - name: mine\n      headers: { response: { set: { x-rule: shop } } }\n      route: [ { destination: { host: cart } } ]\n"
            )
        );
        using var shopper = new EchoClient(_shopper, protocol);
        using var stranger = new EchoClient(_stranger, protocol);
        Assert.Equal("shop", await RuleAsync(shopper, "cart"));
        Assert.Null(await RuleAsync(stranger, "cart"));
        Assert.Equal("shop", await RuleAsync(stranger, "cart.shop"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R07_exportTo_keeps_a_rule_inside_its_namespace(string protocol)
    {
        await _mesh.ApplyAsync(
            "rules.yaml",
            """
            apiVersion: networking.istio.io/v1beta1
            kind: VirtualService
            metadata: { name: cart, namespace: shop }
            spec:
              hosts: [ cart.shop.svc.cluster.local ]
              exportTo: [ "." ]
              http:
                - headers: { response: { set: { x-rule: private } } }
                  route: [ { destination: { host: cart } } ]
            """
        );
        using var shopper = new EchoClient(_shopper, protocol);
        using var stranger = new EchoClient(_stranger, protocol);
        Assert.Equal("private", await RuleAsync(shopper, "cart"));
        Assert.Null(await RuleAsync(stranger, "cart.shop"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R07_A_wildcard_host_takes_every_service_below_it(string protocol)
    {
        await _mesh.ApplyAsync(
            "rules.yaml",
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: VirtualService
            metadata: { name: all, namespace: shop }
            spec:
              hosts: [ "*.shop.svc.cluster.local" ]
              http:
                - headers: { response: { set: { x-rule: wildcard } } }
                  route: [ { destination: { host: cart.shop.svc.cluster.local, port: { number: 80 } } } ]
            """
        );
        using var shopper = new EchoClient(_shopper, protocol);
        Assert.Equal("wildcard", await RuleAsync(shopper, "cart"));
        Assert.Null(await RuleAsync(shopper, "cart.elsewhere"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R07_Of_two_rules_for_one_host_the_older_wins_and_the_loser_is_told(string protocol)
    {
        await _mesh.ApplyAsync("rules.yaml", Rule("newer", "2026-03-01T00:00:00Z") + "---\n" + Rule("older", "2026-02-01T00:00:00Z"));
        using var shopper = new EchoClient(_shopper, protocol);
        Assert.Equal("older", await RuleAsync(shopper, "cart"));

        var analysis = await Meshctl.RunAsync("analyze", "-f", _mesh.Config);
        Assert.Contains(
            analysis.Output.Split('\n'),
            line =>
                line.Contains("VirtualService shop/newer", StringComparison.Ordinal)
                && line.Contains("shop/older", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task R07_exportTo_of_a_DestinationRule_keeps_its_subsets_from_other_namespaces()
    {
        await _mesh.ApplyAsync(
            "rules.yaml",
            """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: cart, namespace: shop }
            spec:
              host: cart
              exportTo: [ "." ]
              subsets: [ { name: all, labels: { app: cart } } ]
            ---

            """ + Objects.VirtualService("cart", "shop", "cart", "    - route: [ { destination: { host: cart, subset: all } } ]\n")
        );
        using var shopper = new EchoClient(_shopper, Protocols.Http1);
        using var stranger = new EchoClient(_stranger, Protocols.Http1);
        Assert.Equal("shop", await WhoAsync(shopper, "cart"));
        using var refused = await stranger.SendAsync("/", host: "cart.shop");
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, refused.StatusCode);
    }

    [Fact]
    public async Task R07_exportTo_of_a_ServiceEntry_and_a_Service_hides_them_from_other_namespaces()
    {
        await _mesh.ApplyAsync(
            "rules.yaml",
            $$"""
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: { name: bank, namespace: shop }
            spec:
              hosts: [ bank.test ]
              exportTo: [ "." ]
              ports: [ { number: 80, name: http, protocol: HTTP } ]
              resolution: STATIC
              endpoints: [ { address: {{_shop.Address}}, ports: { http: {{EchoUpstream.Http1Port}} } } ]
            ---
            apiVersion: v1
            kind: Service
            metadata: { name: safe, namespace: shop, annotations: { networking.istio.io/exportTo: "." } }
            spec:
              selector: { app: cart }
              ports: [ { name: http, port: 80, targetPort: {{EchoUpstream.Http1Port}} } ]
            """
        );
        using var shopper = new EchoClient(_shopper, Protocols.Http1);
        using var stranger = new EchoClient(_stranger, Protocols.Http1);
        foreach (var host in new[] { "bank.test", "safe.shop" })
        {
            Assert.Equal("shop", await WhoAsync(shopper, host));
            using var hidden = await stranger.SendAsync("/", host: host);
            Assert.False(hidden.IsSuccessStatusCode, $"{host} answered {hidden.StatusCode}");
        }
    }

    private static string Rule(string name, string created) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: { name: {{name}}, namespace: shop, creationTimestamp: "{{created}}" }
            spec:
              hosts: [ cart ]
              http:
                - headers: { response: { set: { x-rule: {{name}} } } }
                  route: [ { destination: { host: cart } } ]

            """;

    private static async Task<string> WhoAsync(EchoClient client, string host)
    {
        using var response = await client.SendAsync("/", host: host);
        return (await response.Content.ReadFromJsonAsync<Echo>())!.Version;
    }

    private static async Task<string?> RuleAsync(EchoClient client, string host)
    {
        using var response = await client.SendAsync("/", host: host);
        response.EnsureSuccessStatusCode();
        return response.Headers.TryGetValues("x-rule", out var values) ? string.Join(',', values) : null;
    }

    /// <summary>Service <c>cart</c> in two namespaces, and a client in each.</summary>
    public sealed class TwoNamespaces : IAsyncLifetime
    {
        private EchoUpstream _elsewhere = null!;

        internal LocalMesh Mesh { get; private set; } = null!;

        internal Sidecar Shopper { get; private set; } = null!;

        internal Sidecar Stranger { get; private set; } = null!;

        internal EchoUpstream Shop { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Shop = await EchoUpstream.StartAsync("shop");
            _elsewhere = await EchoUpstream.StartAsync("elsewhere");
            Mesh = await LocalMesh.StartAsync();
            Mesh.Write("shop.yaml", Objects.EchoService("cart", "shop", Shop));
            Mesh.Write("elsewhere.yaml", Objects.EchoService("cart", "elsewhere", _elsewhere));
            Shopper = await Mesh.StartSidecarAsync("web-1", "shop");
            Stranger = await Mesh.StartSidecarAsync("batch-1", "elsewhere");
        }

        public async Task DisposeAsync()
        {
            await Mesh.DisposeAsync();
            await Shop.DisposeAsync();
            await _elsewhere.DisposeAsync();
        }
    }
}
