using System.Diagnostics;
using System.Net.Http.Json;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class T05WarmUpTests(EchoMesh mesh)
{
    private const int Requests = 200;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task T05_A_new_endpoint_warms_up()
    {
        await using var a = await EchoUpstream.StartAsync("a");
        await using var b = await EchoUpstream.StartAsync("b");
        await using var late = await EchoUpstream.StartAsync("late");
        await mesh.Mesh.ApplyAsync("warming.yaml", Objects.EchoService("warming", "default", a, b));
        await mesh.ApplyAsync(
            $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: warming, namespace: default }
            spec:
              host: warming
              trafficPolicy: { loadBalancer: { simple: ROUND_ROBIN, warmup: { duration: {{Window.TotalSeconds}}s, minimumPercent: 5 } } }
            """
        );
        using var client = new EchoClient(mesh.Client, Protocols.Http1);
        var clock = Stopwatch.StartNew();
        Assert.Equal(Requests / 2, await CountAsync(client, "a"));
        await Wait.UntilAsync("the first two are warm", Patience, () => Task.FromResult(clock.Elapsed > Window), CancellationToken.None);

        await mesh.Mesh.ApplyAsync("warming.yaml", Objects.EchoService("warming", "default", a, b, late));
        Assert.InRange(await CountAsync(client, "late"), 1, Requests / 5);
        await Wait.UntilAsync(
            "the late one has its third",
            Patience,
            async () => await CountAsync(client, "late") >= Requests / 3,
            CancellationToken.None
        );
        mesh.Mesh.Delete("warming.yaml");
    }

    private static async Task<int> CountAsync(EchoClient client, string version)
    {
        var count = 0;
        for (var i = 0; i < Requests; i++)
        {
            using var response = await client.SendAsync("/", host: "warming");
            count += (await response.Content.ReadFromJsonAsync<Echo>())!.Version == version ? 1 : 0;
        }

        return count;
    }
}
