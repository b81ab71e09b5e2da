using System.Text.Json.Nodes;
using Mesh.ControlPlane;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>What users read in the status of their objects, and the roots that their pods mount.</summary>
#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
public sealed class StatusTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _proxies = [];
    private readonly List<ControlPlaneHost> _hosts = [];
    private TestCluster _cluster = null!;
    private string _root = "";
    private string _ns = "";

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _root = await _cluster.NamespaceAsync();
        _ns = await _cluster.NamespaceAsync("istio-injection: enabled");
    }

    public async Task DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_proxies);
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        await _cluster.DisposeAsync();
        _stopping.Dispose();
    }

    [Fact]
    public async Task An_object_says_whether_it_is_sound_what_was_found_and_who_has_it_over_all_replicas()
    {
        await _cluster.ApplyAsync(Service());
        await _cluster.ApplyAsync(Rule("books", "RANDOM", "books"));
        var (one, two) = (await HostAsync("one"), await HostAsync("two"));
        Proxy(one, "a", refuses: false);
        Proxy(two, "b", refuses: false);
        var seen = await _cluster.UntilAsync(
            "DestinationRule",
            _ns,
            "books",
            "both proxies having it",
            item => Message(item, "Programmed") == "programmed on 2 of 2 proxies"
        );
        Assert.Equal(("True", "True", "True"), (State(seen, "Accepted"), State(seen, "PassedAnalysis"), State(seen, "Programmed")));
        Assert.Equal((int)seen["metadata"]!["generation"]!, (int)seen["status"]!["observedGeneration"]!);

        // One that refuses everything does not have the next version.
        Proxy(one, "c", refuses: true);
        await _cluster.ApplyAsync(Rule("books", "ROUND_ROBIN", "books"));
        seen = await _cluster.UntilAsync(
            "DestinationRule",
            _ns,
            "books",
            "two of three having it",
            item => Message(item, "Programmed") == "programmed on 2 of 3 proxies"
        );
        Assert.Equal("False", State(seen, "Programmed"));
    }

    [Fact]
    public async Task A_refused_object_says_why_and_breaks_nothing_else()
    {
        var host = await HostAsync("one");
        await _cluster.ApplyAsync(Service());
        await _cluster.ApplyAsync(Rule("broken", "RANDOM, simpel: RANDOM", "books"));
        await _cluster.ApplyAsync(Rule("sound", "RANDOM", "books"));
        await _cluster.ApplyAsync(Rule("lonely", "RANDOM", "nobody"));
        var broken = await ConditionsAsync("broken");
        Assert.Equal(("False", "UnknownField"), (State(broken, "Accepted"), Reason(broken, "Accepted")));
        Assert.Contains("spec.trafficPolicy.loadBalancer.simpel", Message(broken, "Accepted"), StringComparison.Ordinal);
        Assert.Equal("NotInForce", Reason(broken, "Programmed"));
        Assert.Equal("True", State(await ConditionsAsync("sound"), "Accepted"));
        var lonely = await ConditionsAsync("lonely");
        Assert.Equal(("True", "False"), (State(lonely, "Accepted"), State(lonely, "PassedAnalysis")));
        Assert.Contains("nobody", Message(lonely, "PassedAnalysis"), StringComparison.Ordinal);
        Assert.Contains(host.Store.Current!.Objects.DestinationRules, rule => rule.Key.Name == "sound");

        await _cluster.ApplyAsync(Rule("broken", "RANDOM", "books"));
        await _cluster.UntilAsync("DestinationRule", _ns, "broken", "it being sound", item => State(item, "Accepted") == "True");
    }

    [Fact]
    public async Task Nobody_writes_again_what_stands_there_and_conditions_of_others_stay()
    {
        await _cluster.ApplyAsync(Rule("books", "RANDOM", "books"));
        await _cluster.StatusAsync(
            "DestinationRule",
            _ns,
            "books",
            JsonNode.Parse(
                """{"conditions":[{"type":"Reviewed","status":"True","reason":"Mine","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}"""
            )!
        );
        await HostAsync("one");
        await HostAsync("two");
        var seen = await ConditionsAsync("books");
        Assert.Equal("True", State(seen, "Reviewed"));

        // Several rounds later it is the same version still: the sign is another object, written after several rounds.
        for (var i = 0; i < 3; i++)
        {
            await _cluster.ApplyAsync(Rule($"marker-{i}", "RANDOM", "books"));
            await ConditionsAsync($"marker-{i}");
        }

        var later = (await _cluster.FindAsync("DestinationRule", _ns, "books"))!;
        Assert.Equal((string?)seen["metadata"]!["resourceVersion"], (string?)later["metadata"]!["resourceVersion"]);
    }

    [Fact]
    public async Task Every_namespace_that_opted_in_has_the_roots_also_after_somebody_deleted_them()
    {
        var other = await _cluster.NamespaceAsync();
        var host = await HostAsync("one");
        var pem = host.Authority!.Bundle.Pem;
        await RootsAsync(pem);
        await _cluster.DeleteAsync("ConfigMap", _ns, "istio-ca-root-cert");
        await RootsAsync(pem);
        await _cluster.ApplyAsync(
            $"{{ apiVersion: v1, kind: ConfigMap, metadata: {{ name: istio-ca-root-cert, namespace: {_ns} }}, data: {{ root-cert.pem: forged }} }}"
        );
        await RootsAsync(pem);
        Assert.Null(await _cluster.FindAsync("ConfigMap", other, "istio-ca-root-cert"));
    }

    private Task<JsonNode> RootsAsync(string pem) =>
        _cluster.UntilAsync("ConfigMap", _ns, "istio-ca-root-cert", "the roots", item => (string?)item["data"]?["root-cert.pem"] == pem);

    private async Task<ControlPlaneHost> HostAsync(string identity)
    {
        var host = await ClusterHost.StartAsync(_cluster, _root, identity);
        _hosts.Add(host);
        return host;
    }

    private void Proxy(ControlPlaneHost host, string pod, bool refuses) =>
        _proxies.Add(ClusterHost.FollowAsync(host, pod, _ns, refuses, _stopping.Token));

    private Task<JsonNode> ConditionsAsync(string name) =>
        _cluster.UntilAsync("DestinationRule", _ns, name, "its conditions", item => State(item, "Accepted") is not null);

    private static JsonNode? Condition(JsonNode item, string type) =>
        (item["status"]?["conditions"] as JsonArray ?? []).SingleOrDefault(condition => (string?)condition!["type"] == type);

    private static string? State(JsonNode item, string type) => (string?)Condition(item, type)?["status"];

    private static string? Reason(JsonNode item, string type) => (string?)Condition(item, type)?["reason"];

    private static string Message(JsonNode item, string type) => (string?)Condition(item, type)?["message"] ?? "";

    private string Service() =>
        $"{{ apiVersion: v1, kind: Service, metadata: {{ name: books, namespace: {_ns} }}, spec: {{ ports: [{{ name: http, port: 80, protocol: TCP }}] }} }}";

    private string Rule(string name, string balancer, string host) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: {{name}}, namespace: {{_ns}} }
            spec: { host: {{host}}, trafficPolicy: { loadBalancer: { simple: {{balancer}} } } }
            """;
}
