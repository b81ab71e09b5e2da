namespace Mesh.Integration.Tests.Harness;

/// <summary>A gRPC service of three pods without sidecars, each a real gRPC server that answers with its version.</summary>
internal sealed class GrpcService : IAsyncDisposable
{
    public const int Port = 9000;

    private const int TargetPort = 7000;

    private readonly GrpcPeer _servers;

    private GrpcService(string name, GrpcPeer servers, IReadOnlyList<(string Version, string Address)> pods)
    {
        Name = name;
        _servers = servers;
        Pods = pods;
    }

    public string Name { get; }

    public IReadOnlyList<(string Version, string Address)> Pods { get; }

    public string Yaml =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: {{Name}}, namespace: default }
            spec:
              ports: [ { name: grpc, port: {{Port}}, targetPort: {{TargetPort}} } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: {{Name}}-1, namespace: default, labels: { kubernetes.io/service-name: {{Name}} } }
            addressType: IPv4
            ports: [ { name: grpc, port: {{TargetPort}} } ]
            endpoints: [ {{string.Join(", ", Pods.Select(pod => $"{{ addresses: [ {pod.Address} ] }}"))}} ]

            """
        + string.Concat(
            Pods.Select(pod =>
                "---\n" + Objects.Pod($"{Name}-{pod.Version}", "default", pod.Address, $"app: {Name}, version: {pod.Version}") + "\n"
            )
        )
        + "---\n"
        + Objects.Subsets(Name, "default", [.. Pods.Select(pod => pod.Version)]);

    public static async Task<GrpcService> StartAsync(string name)
    {
        (string Version, string Address)[] pods =
        [
            ("v1", LoopbackSubnet.NextAddress()),
            ("v2", LoopbackSubnet.NextAddress()),
            ("v3", LoopbackSubnet.NextAddress()),
        ];
        var servers = await GrpcPeer.ServeAsync([.. pods.Select(pod => (pod.Address, TargetPort, pod.Version))]);
        return new GrpcService(name, servers, pods);
    }

    public ValueTask DisposeAsync() => _servers.DisposeAsync();
}
