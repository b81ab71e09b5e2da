using System.Diagnostics;
using System.Net;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class T07FaultTests(EchoMesh mesh)
{
    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T07_Only_the_matched_user_is_delayed(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - match: [ { headers: { end-user: { exact: jason } } } ]
                  timeout: 500ms
                  fault: { delay: { fixedDelay: 1500ms, percentage: { value: 100 } } }
                  route: [ { destination: { host: echo, subset: v1 } } ]
                - route: [ { destination: { host: echo, subset: v1 } } ]
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        Assert.Equal("v1", await client.WhoAsync("/others"));

        var id = Guid.NewGuid().ToString();
        var clock = Stopwatch.StartNew();
        // The delay is longer than the route's time, which does not count it.
        Assert.Equal("v1", await client.WhoAsync("/jason", ("end-user", "jason"), ("x-request-id", id)));
        Assert.True(clock.Elapsed >= TimeSpan.FromMilliseconds(1490), $"answered after {clock.Elapsed}");
        Assert.Contains(" 200 DI via_upstream ", await LogLineAsync(id), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T07_An_aborted_request_never_reaches_the_service(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - match: [ { headers: { end-user: { exact: jason } } } ]
                  fault: { abort: { httpStatus: 418, percentage: { value: 100 } } }
                  route: [ { destination: { host: echo, subset: v3 } } ]
                - match: [ { uri: { prefix: /both } } ]
                  fault:
                    delay: { fixedDelay: 20ms, percentage: { value: 100 } }
                    abort: { grpcStatus: UNAVAILABLE, percentage: { value: 100 } }
                  route: [ { destination: { host: echo, subset: v3 } } ]
                - route: [ { destination: { host: echo, subset: v1 } } ]
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        var before = mesh.V3.Requests;
        var (aborted, both) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        using var answer = await client.SendAsync("/x", headers: [("end-user", "jason"), ("x-request-id", aborted)]);
        Assert.Equal(418, (int)answer.StatusCode);
        Assert.Equal("fault filter abort", await answer.Content.ReadAsStringAsync());
        Assert.Contains(" 418 FI fault_filter_abort ", await LogLineAsync(aborted), StringComparison.Ordinal);

        // A gRPC status to a plain client is the HTTP status beside it.
        Assert.Equal("503", await client.WhoAsync("/both", ("x-request-id", both)));
        Assert.Contains(" 503 DI,FI fault_filter_abort ", await LogLineAsync(both), StringComparison.Ordinal);
        Assert.Equal("v1", await client.WhoAsync("/others"));
        Assert.Equal(before, mesh.V3.Requests);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T07_Faults_take_their_share_and_without_a_percentage_none(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - match: [ { uri: { prefix: /half } } ]
                  fault: { abort: { httpStatus: 500, percentage: { value: 50 } } }
                  route: [ { destination: { host: echo, subset: v1 } } ]
                - match: [ { uri: { prefix: /old-percent } } ]
                  fault: { delay: { fixedDelay: 1ms, percent: 100 } }
                  route: [ { destination: { host: echo, subset: v1 } } ]
                - fault:
                    delay: { fixedDelay: 20s }
                    abort: { httpStatus: 500 }
                  route: [ { destination: { host: echo, subset: v1 } } ]
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        Assert.All(await Answers(client, "/none", 50), who => Assert.Equal("v1", who));

        // Half of 400 and six standard deviations.
        var half = await Answers(client, "/half", 400);
        Assert.InRange(half.Count(who => who == "500"), 140, 260);
        Assert.All(half, who => Assert.True(who is "500" or "v1", who));

        var id = Guid.NewGuid().ToString();
        Assert.Equal("v1", await client.WhoAsync("/old-percent", ("x-request-id", id)));
        Assert.Contains(" 200 DI ", await LogLineAsync(id), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T07_Clients_cannot_ask_for_faults(string protocol)
    {
        await mesh.ApplyRulesAsync(
            """
                - fault: { abort: { httpStatus: 500, percentage: { value: 0.0001 } } }
                  route: [ { destination: { host: echo, subset: v1 } } ]
            """
        );
        using var client = new EchoClient(mesh.Client, protocol);
        Assert.Equal(
            "v1",
            await client.WhoAsync(
                "/",
                ("x-envoy-fault-abort-request", "500"),
                ("x-envoy-fault-abort-request-percentage", "100"),
                ("x-envoy-fault-delay-request", "20000")
            )
        );
    }

    [Fact]
    public async Task T07_A_client_that_leaves_during_a_delay_is_logged_as_gone()
    {
        await mesh.ApplyRulesAsync(
            """
                - fault: { delay: { fixedDelay: 60s, percentage: { value: 100 } } }
                  route: [ { destination: { host: echo, subset: v1 } } ]
            """
        );
        var id = Guid.NewGuid().ToString();
        using var client = mesh.Client.Client(HttpVersion.Version11);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://echo/") { Headers = { { "x-request-id", id } } };
        using var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.SendAsync(request, leaving.Token));
        Assert.Contains(" DI,DC ", await LogLineAsync(id), StringComparison.Ordinal);
    }

    [PeerFact(GrpcPeer.PythonPeer)]
    public async Task T07_gRPC_calls_through_a_sidecar_get_the_status()
    {
        await using var service = await GrpcService.StartAsync("faulty");
        await mesh.Mesh.ApplyAsync("faulty.yaml", service.Yaml);
        await mesh.ApplyAsync(Faults("faulty"));
        await using var client = await GrpcPeer.PythonClientAsync(mesh.Client.Outbound.ToString(), $"faulty:{GrpcService.Port}");
        await GetsFaultsAsync(client);
    }

    [PeerFact(GrpcPeer.PythonPeer)]
    public Task T07_A_Python_client_without_sidecar_gets_the_status() => WithoutSidecarAsync("python");

    [PeerFact(GrpcPeer.NodePeer)]
    public Task T07_A_Node_client_without_sidecar_gets_the_status() => WithoutSidecarAsync("node");

    private async Task WithoutSidecarAsync(string language)
    {
        var name = $"faulty-{language}";
        await using var service = await GrpcService.StartAsync(name);
        await mesh.Mesh.ApplyAsync($"{name}.yaml", service.Yaml);
        await mesh.ApplyAsync(Faults(name));
        var node = $"{name}-client";
        var bootstrap = await ProxylessClient.BootstrapAsync(mesh.Mesh, node);
        var target = $"xds:///{name}.default.svc.cluster.local:{GrpcService.Port}";
        await using var client =
            language == "python"
                ? await GrpcPeer.PythonClientAsync(target, bootstrap: bootstrap)
                : await GrpcPeer.NodeClientAsync(target, bootstrap: bootstrap);
        await GetsFaultsAsync(client);
        await ProxylessClient.NeverRefusedAsync(mesh.Mesh, node);
    }

    private static async Task GetsFaultsAsync(GrpcPeer client)
    {
        Assert.Equal("v1", Assert.Single(await client.CallAsync("/shop.Cart/Get", 5)).Key);
        Assert.Contains("RESOURCE_EXHAUSTED", (await client.CallAsync("/shop.Cart/Get", 5, "", ("x-user", "jason"))).Keys);
        Assert.Contains("UNAVAILABLE", (await client.CallAsync("/shop.Cart/Get", 5, "", ("x-user", "ada"))).Keys);
    }

    private static string Faults(string host) =>
        Objects.VirtualService(
            host,
            "default",
            host,
            $$"""
                - match: [ { headers: { x-user: { exact: jason } } } ]
                  fault: { abort: { grpcStatus: RESOURCE_EXHAUSTED, percentage: { value: 100 } } }
                  mirror: { host: {{host}}, subset: v3 }
                  corsPolicy: { allowOrigins: [ { exact: "*" } ] }
                  route: [ { destination: { host: {{host}}, subset: v1 } } ]
                - match: [ { headers: { x-user: { exact: ada } } } ]
                  fault: { abort: { httpStatus: 503, percentage: { value: 100 } } }
                  route: [ { destination: { host: {{host}}, subset: v1 } } ]
                - fault: { delay: { fixedDelay: 10ms, percentage: { value: 100 } } }
                  route: [ { destination: { host: {{host}}, subset: v1 } } ]
            """
        );

    private static async Task<string[]> Answers(EchoClient client, string path, int count)
    {
        var answers = new string[count];
        for (var i = 0; i < count; i++)
        {
            answers[i] = await client.WhoAsync(path);
        }

        return answers;
    }

    private async Task<string> LogLineAsync(string id)
    {
        var lines = await mesh.Client.AccessLogAsync(all => all.Any(line => line.Contains(id, StringComparison.Ordinal)));
        return lines.Single(line => line.Contains(id, StringComparison.Ordinal));
    }
}
