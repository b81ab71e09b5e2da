using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Tests.Delivery;
using Mesh.Tests;

namespace Mesh.ControlPlane.Tests.Generation;

/// <summary>Whatever a DestinationRule says of balancing, a real gRPC library takes it and calls go on.</summary>
public sealed class GrpcBalancingPeerTests
{
    private const string Target = "xds:///reviews.default.svc.cluster.local:9080";
    private const string Method = "/shop.Reviews/Get";

    public static TheoryData<string> Policies =>
        [
            "loadBalancer: {simple: ROUND_ROBIN}",
            "loadBalancer: {simple: RANDOM}",
            "loadBalancer: {simple: PASSTHROUGH}",
            "loadBalancer: {simple: LEAST_REQUEST, warmup: {duration: 10s}}",
            "loadBalancer: {consistentHash: {httpHeaderName: x-user, ringHash: {minimumRingSize: 8000000}}}",
            "loadBalancer: {consistentHash: {httpHeaderName: x-user, maglev: {}}}",
            "loadBalancer: {consistentHash: {httpCookie: {name: session, ttl: 1h}}}",
            "loadBalancer: {consistentHash: {httpQueryParameterName: user}}",
            "loadBalancer: {consistentHash: {useSourceIp: true}}",
            "{outlierDetection: {}, loadBalancer: {localityLbSetting: {failover: [{from: r1, to: r2}]}}}",
            "{outlierDetection: {}, loadBalancer: {localityLbSetting: {failoverPriority: [version]}}}",
            "loadBalancer: {localityLbSetting: {distribute: [{from: '*', to: {r1: 70, r2: 30}}]}}",
            "loadBalancer: {zoneAwareLbSetting: {minClusterSize: 1}}",
        ];

    [PeerTheory("python:grpc")]
    [MemberData(nameof(Policies))]
    public async Task A_library_takes_every_policy(string policy)
    {
        await using var library = await PythonLibrary.StartAsync();
        await using var host = await DiscoveryHost.StartAsync();
        host.Store.Publish(new ResourceGenerator().Generate(TestMesh.Snapshot(Objects(library.Ports, policy)), 0));
        await library.BootstrapAsync(host.Address.Port);

        var answers = await library.CallAsync(Target, Method, 60, "x-user=jason");

        Assert.Equal(60, answers.GetValueOrDefault("v1") + answers.GetValueOrDefault("v2"));
        var types = host.Status.Clients.SelectMany(client => client.Types).ToList();
        Assert.Equal(4, types.Count);
        Assert.All(types, type => Assert.True(string.IsNullOrEmpty(type.NackError), type.NackError));
    }

    private static string Objects(int[] ports, string policy) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: { name: reviews, namespace: default}
            spec:
              hosts: [reviews.default.svc.cluster.local]
              location: MESH_INTERNAL
              resolution: STATIC
              ports: [{ number: 9080, name: grpc, protocol: GRPC}]
              endpoints:
              - { address: 127.0.0.1, ports: { grpc: {{ports[0]}} }, labels: { version: v1}, locality: r1/z1}
              - { address: 127.0.0.1, ports: { grpc: {{ports[1]}} }, labels: { version: v2}, locality: r2/z1}
            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: reviews, namespace: default}
            spec:
              host: reviews
              trafficPolicy: {{(policy.StartsWith('{') ? policy : "{" + policy + "}")}}

            """;
}
