using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class T05BalancingTests(EchoMesh mesh)
{
    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T05_ROUND_ROBIN_alternates(string protocol)
    {
        await ApplyAsync("ROUND_ROBIN");
        using var client = new EchoClient(mesh.Client, protocol);
        var answers = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            answers.Add(await client.WhoAsync("/"));
        }

        for (var i = 3; i < answers.Count; i++)
        {
            Assert.Equal(answers[i - 3], answers[i]);
        }

        Assert.Equal(3, answers.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T05_RANDOM_reaches_everyone_about_equally(string protocol)
    {
        await ApplyAsync("RANDOM");
        using var client = new EchoClient(mesh.Client, protocol);
        var answers = await Load.RunAsync(900, _ => client.WhoAsync("/"));

        // 300 each with a standard deviation of 14: six of them to either side.
        Assert.All(["v1", "v2", "v3"], version => Assert.InRange(answers.GetValueOrDefault(version), 215, 385));
    }

    [Theory]
    [InlineData("LEAST_REQUEST", Protocols.Http1)]
    [InlineData("LEAST_REQUEST", Protocols.Http2)]
    [InlineData("LEAST_CONN", Protocols.Http1)]
    public async Task T05_LEAST_REQUEST_prefers_endpoints_that_are_idle(string balancer, string protocol)
    {
        await ApplyAsync(balancer);
        using var client = new EchoClient(mesh.Client, protocol);

        // Requests pile up at whoever is slow, so with 8 at a time the slow one is picked far less than its third.
        var answers = await Load.RunAsync(
            300,
            async _ =>
            {
                using var response = await client.SendAsync("/", headers: [("x-slow-version", "v1"), ("x-slow-ms", "150")]);
                var body = await response.Content.ReadAsStringAsync();
                return body.Contains("\"version\":\"v1\"", StringComparison.Ordinal) ? "slow"
                    : response.IsSuccessStatusCode ? "fast"
                    : body;
            }
        );
        Assert.Equal(300, answers.GetValueOrDefault("slow") + answers.GetValueOrDefault("fast"));
        Assert.InRange(answers.GetValueOrDefault("slow"), 0, 70);
    }

    private Task ApplyAsync(string balancer) =>
        mesh.ApplyAsync(
            $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: echo-balancing, namespace: default }
            spec:
              host: echo
              trafficPolicy: { loadBalancer: { simple: {{balancer}} } }
            """
        );
}
