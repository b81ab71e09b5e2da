using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Tests.Delivery;
using Mesh.Tests;

namespace Mesh.ControlPlane.Tests.Generation;

/// <summary>The gate for gRPC libraries: a real one takes what is generated, refuses none of it, and follows changes.</summary>
public sealed class GrpcLibraryPeerTests
{
    private const string Target = "xds:///reviews.default.svc.cluster.local:9080";
    private const string Method = "/shop.Reviews/Get";

    [PeerFact("python:grpc")]
    public async Task A_library_resolves_names_routes_by_rules_and_follows_a_change()
    {
        await using var library = await PythonLibrary.StartAsync();
        await using var host = await DiscoveryHost.StartAsync();
        var generator = new ResourceGenerator();
        var rules = """
            - match: [{headers: {x-user: {exact: jason}}, method: {exact: POST}}]
              route: [{destination: {host: reviews, subset: v2}}]
            - match: [{headers: {x-user: {prefix: old}}}]
              redirect: {uri: /new}
            - match: [{headers: {x-user: {exact: lost}}}]
              route: [{destination: {host: reviews, subset: gone}}]
            - match: [{queryParams: {debug: {exact: "1"}}}]
              route: [{destination: {host: reviews, subset: v2}}]
            - route:
              - {destination: {host: reviews, subset: v1}, weight: 80}
              - {destination: {host: reviews, subset: v2}, weight: 20}
              retries: {attempts: 3, retryOn: "503,unavailable"}
              timeout: 10s
            """;
        host.Store.Publish(generator.Generate(TestMesh.Snapshot(Objects(library.Ports, rules)), 0));
        await library.BootstrapAsync(host.Address.Port);

        var shares = await library.CallAsync(Target, Method, 1000);
        Assert.Equal(1000, shares.Values.Sum());
        Assert.InRange(shares["v1"], 730, 870);
        Assert.InRange(shares["v2"], 130, 270);
        Assert.Equal("v2", Assert.Single(await library.CallAsync(Target, Method, 20, "x-user=jason")).Key);
        Assert.Equal("UNAVAILABLE", Assert.Single(await library.CallAsync(Target, Method, 2, "x-user=old-one")).Key);
        Assert.Equal("UNAVAILABLE", Assert.Single(await library.CallAsync(Target, Method, 2, "x-user=lost")).Key);

        const string Moved = "- route: [{destination: {host: reviews, subset: v2}}]";
        host.Store.Publish(generator.Generate(TestMesh.Snapshot(Objects(library.Ports, Moved)), 0));

        Dictionary<string, int> answers;
        do
        {
            answers = await library.CallAsync(Target, Method, 20);
            Assert.DoesNotContain("UNAVAILABLE", answers.Keys);
        } while (answers.ContainsKey("v1"));

        Assert.Equal(20, answers["v2"]);
        var types = host.Status.Clients.SelectMany(client => client.Types).ToList();
        Assert.Equal(4, types.Count);
        Assert.All(types, type => Assert.True(string.IsNullOrEmpty(type.NackError), type.NackError));
    }

    private static string Objects(int[] ports, string http) =>
        string.Concat(
            """
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: reviews, namespace: default}
            spec:
              hosts: [reviews.default.svc.cluster.local]
              location: MESH_INTERNAL
              resolution: STATIC
              ports: [{number: 9080, name: grpc, protocol: GRPC}]
              endpoints:
            """,
            $"\n  - {{address: 127.0.0.1, ports: {{grpc: {ports[0]}}}, labels: {{version: v1}}}}",
            $"\n  - {{address: 127.0.0.1, ports: {{grpc: {ports[1]}}}, labels: {{version: v2}}}}\n",
            """
            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: reviews, namespace: default}
            spec:
              host: reviews
              trafficPolicy: {loadBalancer: {simple: LEAST_REQUEST}}
              subsets:
              - {name: v1, labels: {version: v1}}
              - {name: v2, labels: {version: v2}}
            ---
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: reviews, namespace: default}
            spec:
              hosts: [reviews]
              http:

            """,
            string.Join('\n', http.Split('\n').Select(line => "  " + line)),
            "\n"
        );
}
