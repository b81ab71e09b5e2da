using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Tests.Translation;

/// <summary>Which DestinationRule a client's traffic to a service gets.</summary>
public sealed class PolicyLookupTests
{
    private const string Host = "books.shop.svc.cluster.local";

    [Theory]
    [InlineData("own,service,root", "web", "own")]
    [InlineData("service,root", "web", "service")]
    [InlineData("root", "web", "root")]
    [InlineData("own,service", "elsewhere", "service")]
    [InlineData("own", "elsewhere", null)]
    public void The_clients_namespace_is_asked_first_then_the_services_then_the_root(string rules, string client, string? expected)
    {
        var documents = rules
            .Split(',')
            .Select(rule =>
                Given.Rule(
                    rule,
                    rule switch
                    {
                        "own" => "web",
                        "service" => "shop",
                        _ => "istio-system",
                    },
                    Host
                )
            );

        Assert.Equal(expected, Policy([Given.Service("books", "shop"), .. documents], client)?.Name);
    }

    [Fact]
    public void The_most_specific_host_of_a_level_wins()
    {
        string[] rules =
        [
            Given.Rule("all", "shop", "*.svc.cluster.local"),
            Given.Rule("namespace", "shop", "*.shop.svc.cluster.local"),
            Given.Rule("exact", "shop", "books"),
        ];

        Assert.Equal("exact", Policy([Given.Service("books", "shop"), .. rules], "web")?.Name);
        Assert.Equal("namespace", Policy([Given.Service("books", "shop"), .. rules[..2]], "web")?.Name);
    }

    [Fact]
    public void A_wildcard_of_the_own_namespace_beats_an_exact_host_of_the_services()
    {
        string[] rules = [Given.Rule("exact", "shop", "books"), Given.Rule("own", "web", "*.svc.cluster.local")];

        Assert.Equal("own", Policy([Given.Service("books", "shop"), .. rules], "web")?.Name);
    }

    [Fact]
    public void A_rule_that_is_not_exported_counts_for_its_own_namespace_only()
    {
        string[] objects = [Given.Service("books", "shop"), Given.Rule("private", "shop", "books", "exportTo: [\".\"]")];

        Assert.Null(Policy(objects, "web"));
        Assert.Equal("private", Policy(objects, "shop")?.Name);
    }

    [Fact]
    public void A_rule_for_some_clients_beats_the_general_one_for_them_alone()
    {
        string[] objects =
        [
            Given.Service("books", "shop"),
            Given.Rule("a-general", "shop", "books"),
            Given.Rule("b-for-web", "shop", "books", "workloadSelector: {matchLabels: {app: web}}"),
        ];
        var snapshot = Given.Snapshot(objects);
        var service = snapshot.ServiceFor("shop", Host)!;
        var web = Labels.From([KeyValuePair.Create("app", "web")]);

        Assert.Equal("b-for-web", snapshot.PolicyFor("shop", web, service)?.Name);
        Assert.Equal("a-general", snapshot.PolicyFor("shop", Labels.Empty, service)?.Name);
        Assert.Equal("a-general", snapshot.PolicyFor("other", web, service)?.Name);
    }

    [Fact]
    public void Subsets_override_blocks_and_ports_replace_everything()
    {
        var policy = Policy(
            [
                Given.Service("books", "shop"),
                """
                apiVersion: networking.istio.io/v1
                kind: DestinationRule
                metadata: {name: books, namespace: shop}
                spec:
                  host: books
                  trafficPolicy:
                    loadBalancer: {simple: ROUND_ROBIN}
                    connectionPool: {tcp: {maxConnections: 7}}
                    portLevelSettings: [{port: {number: 81}, loadBalancer: {simple: RANDOM}}]
                  subsets:
                    - name: v1
                      labels: {version: v1}
                      trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}
                    - name: v2
                      labels: {version: v2}
                    - name: v3
                      labels: {version: v3}
                      trafficPolicy: {portLevelSettings: [{port: {number: 80}, outlierDetection: {}}, {port: {number: 81}, connectionPool: {tcp: {maxConnections: 3}}}]}
                """,
            ],
            "web"
        )!;

        Assert.Equal((LoadBalancerKind.RoundRobin, 7), Both(policy.EffectiveFor("", 80)));
        Assert.Equal((LoadBalancerKind.Passthrough, 7), Both(policy.EffectiveFor("v1", 80)));
        Assert.Equal((LoadBalancerKind.RoundRobin, 7), Both(policy.EffectiveFor("v2", 80)));
        Assert.Equal((LoadBalancerKind.Random, null), Both(policy.EffectiveFor("", 81)));
        Assert.Equal((LoadBalancerKind.Passthrough, null), Both(policy.EffectiveFor("v1", 81)));
        // Istio (mergeTrafficPolicy): the port of a subset takes nothing over from the rule either.
        Assert.Equal((null, null), Both(policy.EffectiveFor("v3", 80)));
        Assert.Equal((null, 3), Both(policy.EffectiveFor("v3", 81)));
        Assert.Equal((LoadBalancerKind.RoundRobin, 7), Both(policy.EffectiveFor("v3", 82)));

        static (LoadBalancerKind?, int?) Both(TrafficPolicy policy) => (policy.LoadBalancing?.Kind, policy.ConnectionPool?.MaxConnections);
    }

    // Istio (MergeTrafficPolicy): a port's policy replaces what it has fields for.
    [Fact]
    public void The_retry_budget_holds_at_ports_with_a_policy_of_their_own()
    {
        var policy = Policy(
            [
                Given.Service("books", "shop"),
                """
                apiVersion: networking.istio.io/v1
                kind: DestinationRule
                metadata: {name: books, namespace: shop}
                spec:
                  host: books
                  trafficPolicy:
                    retryBudget: {percent: 40}
                    portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]
                  subsets:
                    - name: v1
                      labels: {version: v1}
                    - name: v2
                      labels: {version: v2}
                      trafficPolicy:
                        retryBudget: {percent: 50}
                        portLevelSettings: [{port: {number: 80}, loadBalancer: {simple: RANDOM}}]
                """,
            ],
            "web"
        )!;

        Assert.Equal([40, 40, 50], new[] { "", "v1", "v2" }.Select(subset => policy.EffectiveFor(subset, 80).RetryBudget?.Percent ?? -1));
    }

    private static DestinationPolicy? Policy(string[] documents, string client)
    {
        var snapshot = Given.Snapshot(documents);
        return snapshot.PolicyFor(client, Labels.Empty, snapshot.ServiceFor(client, Host)!);
    }
}
