using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class R04GrpcTests(EchoMesh mesh)
{
    [PeerFact(GrpcPeer.PythonPeer)]
    public Task R04_Calls_on_one_Python_connection_are_balanced_over_all_pods() => BalancedAsync("python");

    [PeerFact(GrpcPeer.NodePeer)]
    public Task R04_Calls_on_one_Node_connection_are_balanced_over_all_pods() => BalancedAsync("node");

    [PeerFact(GrpcPeer.PythonPeer)]
    public async Task R04_Metadata_routes_like_headers_and_methods_like_paths()
    {
        await using var service = await GrpcService.StartAsync("routed");
        await mesh.Mesh.ApplyAsync("routed.yaml", service.Yaml);
        await mesh.ApplyAsync(
            Objects.VirtualService(
                "routed",
                "default",
                "routed",
                """
                    - match: [ { headers: { x-user: { exact: ada } } } ]
                      route: [ { destination: { host: routed, subset: v2 } } ]
                    - match: [ { uri: { exact: /shop.Cart/Get } } ]
                      route: [ { destination: { host: routed, subset: v1 } } ]
                    - match: [ { uri: { prefix: /shop.Stock/ } } ]
                      route: [ { destination: { host: routed, subset: v3 } } ]
                """
            )
        );
        await using var client = await ClientAsync("python", service);
        Assert.Equal("v1", Assert.Single(await client.CallAsync("/shop.Cart/Get", 5)).Key);
        Assert.Equal("v2", Assert.Single(await client.CallAsync("/shop.Cart/Get", 5, "", ("x-user", "ada"))).Key);
        Assert.Equal("v3", Assert.Single(await client.CallAsync("/shop.Stock/Count", 5)).Key);
        Assert.Contains("UNIMPLEMENTED", (await client.CallAsync("/shop.Unknown/Call")).Keys);
    }

    [PeerFact(GrpcPeer.PythonPeer)]
    public async Task R04_Streams_and_statuses_pass_in_both_directions()
    {
        await using var service = await GrpcService.StartAsync("streams");
        await mesh.Mesh.ApplyAsync("streams.yaml", service.Yaml);
        await mesh.ApplyAsync("");
        await using var client = await ClientAsync("python", service);
        Assert.Equal(25, Assert.Single(await client.CallAsync("/shop.Cart/Chat", 25)).Value);
        var failed = await client.CallAsync("/shop.Cart/Fail", 1, "RESOURCE_EXHAUSTED");
        Assert.Contains("RESOURCE_EXHAUSTED", failed.Keys);
        Assert.Contains("details: as asked: ünïcode & 100 %", failed.Keys);
    }

    private async Task BalancedAsync(string language)
    {
        await using var service = await GrpcService.StartAsync($"balanced-{language}");
        await mesh.Mesh.ApplyAsync($"{service.Name}.yaml", service.Yaml);
        await mesh.ApplyAsync("");
        await using var client = await ClientAsync(language, service);
        var answers = await client.CallAsync("/shop.Cart/Get", 60);
        Assert.Equal(["v1", "v2", "v3"], answers.Keys.Order());
        Assert.All(answers.Values, count => Assert.InRange(count, 8, 40));
    }

    private Task<GrpcPeer> ClientAsync(string language, GrpcService service)
    {
        var authority = $"{service.Name}:{GrpcService.Port}";
        return language == "python"
            ? GrpcPeer.PythonClientAsync(mesh.Client.Outbound.ToString(), authority)
            : GrpcPeer.NodeClientAsync(mesh.Client.Outbound.ToString(), authority);
    }
}
