using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class R01WeightsTests(EchoMesh mesh)
{
    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R01_Shares_follow_the_weights_within_two_points_while_they_change_under_load(string protocol)
    {
        using var client = new EchoClient(mesh.Client, protocol);
        foreach (var (v1, v2) in new[] { (90, 10), (70, 30), (50, 50), (0, 100) })
        {
            var during = await Load.WhileAsync(() => mesh.ApplyRulesAsync(Split(v1, v2)), _ => client.WhoAsync("/"));
            Assert.All(during.Keys, who => Assert.StartsWith("v", who, StringComparison.Ordinal));

            var answers = await Load.RunAsync(1000, _ => client.WhoAsync("/"));
            Assert.Equal(1000, answers.GetValueOrDefault("v1") + answers.GetValueOrDefault("v2"));
            Assert.InRange(answers.GetValueOrDefault("v1"), 10 * v1 - 20, 10 * v1 + 20);
            if (v1 == 0)
            {
                Assert.Equal(0, answers.GetValueOrDefault("v1"));
            }
        }
    }

    [Fact]
    public async Task R01_The_old_version_can_go_away_once_it_has_no_weight()
    {
        await using var old = await EchoUpstream.StartAsync("old");
        mesh.Mesh.Write("leaving.yaml", Objects.EchoService("leaving", "default", old, mesh.V2));
        mesh.Mesh.Write("leaving-subsets.yaml", Objects.Subsets("leaving", "default", "old", "v2"));
        using var client = new EchoClient(mesh.Client, Protocols.Http1);
        await mesh.ApplyAsync(
            Objects.VirtualService(
                "leaving",
                "default",
                "leaving",
                """
                    - route:
                        - destination: { host: leaving, subset: old }
                          weight: 0
                        - destination: { host: leaving, subset: v2 }
                          weight: 100
                """
            )
        );

        var before = await mesh.Client.VersionAsync();
        var answers = await Load.WhileAsync(
            async () =>
            {
                mesh.Mesh.Write("leaving.yaml", Objects.EchoService("leaving", "default", mesh.V2));
                await mesh.Client.VersionChangedAsync(before);
                await old.DisposeAsync();
            },
            async _ =>
            {
                using var response = await client.SendAsync("/", host: "leaving");
                return response.IsSuccessStatusCode ? "ok" : ((int)response.StatusCode).ToString();
            }
        );
        Assert.Equal(["ok"], answers.Keys);
        Assert.Equal(0, old.Requests);
    }

    private static string Split(int v1, int v2) =>
        $$"""
                - route:
                    - destination: { host: echo, subset: v1 }
                      weight: {{v1}}
                    - destination: { host: echo, subset: v2 }
                      weight: {{v2}}
            """;
}
