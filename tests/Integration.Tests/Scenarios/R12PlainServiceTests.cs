using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class R12PlainServiceTests(EchoMesh mesh)
{
    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R12_A_service_without_rules_is_reached_at_all_its_endpoints(string protocol)
    {
        await mesh.ApplyAsync("");
        using var client = new EchoClient(mesh.Client, protocol);
        var answers = await Load.RunAsync(120, _ => client.WhoAsync("/"));
        Assert.Equal(["v1", "v2", "v3"], answers.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R12_The_name_of_a_pod_of_a_headless_service_reaches_that_pod_alone(string protocol)
    {
        await mesh.ApplyAsync(Set(("set-0", mesh.V1), ("set-1", mesh.V2), ("set-2", mesh.V3)));
        using var client = new EchoClient(mesh.Client, protocol, "set");
        foreach (
            var (host, version) in new[] { ("set-0.set", "v1"), ("set-2.set.default.svc.cluster.local", "v3"), ("set-1.set.default", "v2") }
        )
        {
            var answers = await Load.RunAsync(30, _ => client.WhoAsync("/", ("host", $"{host}:{client.Port}")));
            Assert.Equal([version], answers.Keys);
        }

        Assert.Equal(["v1", "v2", "v3"], (await Load.RunAsync(60, _ => client.WhoAsync("/"))).Keys.Order());
        // Nobody else gets what was for a pod that is not there.
        await mesh.ApplyAsync(Set(("set-0", mesh.V1), ("set-2", mesh.V3)));
        Assert.Equal(["503"], (await Load.RunAsync(10, _ => client.WhoAsync("/", ("host", $"set-1.set:{client.Port}")))).Keys);
    }

    [Fact]
    public async Task R12_Each_request_leaves_one_line_in_the_access_log()
    {
        await mesh.ApplyAsync("");
        using var client = new EchoClient(mesh.Client, Protocols.Http1);
        var id = Guid.NewGuid().ToString();
        await client.EchoAsync("/logged?x=1", ("x-request-id", id), ("user-agent", "scenario"));
        var lines = await mesh.Client.AccessLogAsync(all => all.Any(line => line.Contains(id, StringComparison.Ordinal)));
        var line = Assert.Single(lines, line => line.Contains(id, StringComparison.Ordinal));
        Assert.Contains("\"GET /logged?x=1 HTTP/1.1\" 200 - ", line, StringComparison.Ordinal);
        Assert.Contains("\"scenario\"", line, StringComparison.Ordinal);
        Assert.Contains("outbound|80|", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task R12_A_request_for_a_rule_without_match_is_answered_404_and_logged_NR()
    {
        await mesh.ApplyRulesAsync(
            "    - match: [ { uri: { exact: /only } } ]\n      route: [ { destination: { host: echo, subset: v1 } } ]\n"
        );
        using var client = new EchoClient(mesh.Client, Protocols.Http1);
        var id = Guid.NewGuid().ToString();
        using var response = await client.SendAsync("/nowhere", headers: [("x-request-id", id)]);
        Assert.Equal(404, (int)response.StatusCode);
        var lines = await mesh.Client.AccessLogAsync(all => all.Any(line => line.Contains(id, StringComparison.Ordinal)));
        Assert.Contains(" 404 NR ", lines.Single(line => line.Contains(id, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private static string Set(params (string Name, EchoUpstream Pod)[] pods) =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: set, namespace: default }
            spec: { clusterIP: None, ports: [ { name: http, port: 80 }, { name: http2, port: 81 } ] }
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: set-1, namespace: default, labels: { kubernetes.io/service-name: set } }
            addressType: IPv4
            ports: [ { name: http, port: {{EchoUpstream.Http1Port}} }, { name: http2, port: {{EchoUpstream.Http2Port}} } ]
            endpoints:
            {{string.Join('\n', pods.Select(pod => $"- {{ addresses: [ {pod.Pod.Address} ], hostname: {pod.Name} }}"))}}
            """;
}
