using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class T10MeshWideRuleTests(EchoMesh mesh)
{
    private const string File = "t10-mesh-wide.yaml";
    private const string Detection = "consecutive5xxErrors: 2, interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 50";

    public static TheoryData<string> All => new([.. Protocols.AllPairs, FlakyService.Grpc]);

    [Theory]
    [MemberData(nameof(All))]
    public async Task T10_A_rule_of_the_root_namespace_holds_for_services_that_have_none_of_their_own(string protocol)
    {
        await using var plain = await FlakyService.StartAsync(mesh, "t10-plain", protocol, 2);
        await using var own = await FlakyService.StartAsync(mesh, "t10-own", protocol, 2);
        await own.ApplyPlainRuleAsync();
        plain.Upstreams[0].FailWith(500);
        own.Upstreams[0].FailWith(500);
        // About half, by least request: the chance that it is two or fewer is one in a billion.
        Assert.True((await plain.CallAsync(40))["500"] > 2);
        try
        {
            await mesh.Mesh.ApplyAsync(File, MeshWide);
            await OutlierPage.InForceAsync(mesh.Client, plain.Cluster, Detection);

            Assert.Equal(2, (await plain.CallAsync(20))["500"]);
            await plain.EjectedAsync(0);

            // Its own rule replaces the general one whole: nothing is inherited.
            Assert.Equal(10, (await own.CallAsync(20))["500"]);
            Assert.Equal("healthy", await own.HealthAsync(0));

            await own.ApplyAsync("consecutive5xxErrors: 4, interval: 1s, baseEjectionTime: 300s, maxEjectionPercent: 51");
            Assert.Equal(4, (await own.CallAsync(20))["500"]);
        }
        finally
        {
            mesh.Mesh.Delete(File);
        }

        await plain.CallUntilAsync("the end of outlier detection", answer => answer == "500");
        await plain.CallAsync(10);
        Assert.Equal("healthy", await plain.HealthAsync(0));
    }

    private static string MeshWide =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: all, namespace: istio-system }
            spec:
              host: "*.svc.cluster.local"
              trafficPolicy:
                loadBalancer: { simple: ROUND_ROBIN }
                outlierDetection: { {{Detection}} }
            """;
}
