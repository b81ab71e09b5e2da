using System.Net;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>Control plane processes that follow a cluster, one address for all of them, and sidecar processes whose pods are in the cluster.</summary>
internal sealed class ClusterMesh : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-cluster-mesh-").FullName;
    private readonly List<Sidecar> _sidecars = [];
    private readonly Replica[] _replicas;
    private readonly VirtualAddress _ads;

    private ClusterMesh(TestCluster cluster, string root, int replicas, string[] arguments)
    {
        Cluster = cluster;
        Root = root;
        _replicas = [.. Enumerable.Range(0, replicas).Select(i => new Replica(i, cluster, root, _folder, arguments))];
        _ads = new(_replicas.Select(replica => replica.Ads));
    }

    public TestCluster Cluster { get; }

    /// <summary>The root namespace.</summary>
    public string Root { get; }

    /// <summary>Where the first replica validates; only with <c>--webhook</c> among the arguments.</summary>
    public string Webhook => _replicas[0].Webhook;

    public static async Task<ClusterMesh> StartAsync(int replicas = 1, params string[] arguments)
    {
        var cluster = await TestCluster.StartAsync();
        var mesh = new ClusterMesh(cluster, await cluster.NamespaceAsync(), replicas, arguments);
        for (var i = 0; i < replicas; i++)
        {
            await mesh.StartReplicaAsync(i);
        }

        return mesh;
    }

    /// <summary>Where a replica is asked what it knows.</summary>
    public string Monitoring(int index) => _replicas[index].Monitoring;

    /// <summary>The process of a replica, which its identity ends with; null where it was ended.</summary>
    public int? ProcessOf(int index) => _replicas[index].ProcessId;

    public Task StartReplicaAsync(int index) => _replicas[index].StartAsync();

    /// <summary>Asks a replica to end, and waits for it.</summary>
    public Task StopReplicaAsync(int index) => _replicas[index].StopAsync();

    /// <summary>Ends a replica without warning, as a crash would.</summary>
    public Task KillReplicaAsync(int index) => _replicas[index].KillAsync();

    public async Task<Sidecar> StartSidecarAsync(string pod, string ns)
    {
        var address = LoopbackSubnet.NextAddress();
        await Cluster.ApplyAsync(Pod(pod, ns, address, "app: client"));
        var sidecar = new Sidecar(pod, ns, address, _folder);
        _sidecars.Add(sidecar);
        sidecar.Start(["--ads", _ads.Address], []);
        await sidecar.ReadyAsync();
        return sidecar;
    }

    /// <summary>A pod that runs at an address, ready or not, as a kubelet would report it.</summary>
    public static string Pod(string name, string ns, string address, string labels, bool ready = true) =>
        $$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: {{name}}, namespace: {{ns}}, labels: { {{labels}} } }
            spec: { serviceAccountName: default, containers: [{ name: app, image: none.test/app }] }
            status: {{Status(address, ready)}}
            """;

    public static string Status(string address, bool ready) =>
        $$"""{ "phase": "Running", "podIP": "{{address}}", "podIPs": [{ "ip": "{{address}}" }], "conditions": [{ "type": "Ready", "status": "{{ready}}", "lastTransitionTime": "2026-01-01T00:00:00Z" }] }""";

    public async ValueTask DisposeAsync()
    {
        foreach (var sidecar in _sidecars)
        {
            await sidecar.DisposeAsync();
        }

        await _ads.DisposeAsync();
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await Cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>One control plane process.</summary>
    private sealed class Replica(int index, TestCluster cluster, string root, string folder, string[] arguments) : IAsyncDisposable
    {
        private readonly string _secureAds = Free();
        private ChildProcess? _process;

        public string Ads { get; } = Free();

        public string Webhook { get; } = Free();

        public string Monitoring { get; } = Free();

        public int? ProcessId => _process?.Id;

        public async Task StartAsync()
        {
            _process = ChildProcess.StartDotnet(
                $"controlplane-{index}",
                MeshBinaries.BesideThis.ControlPlane,
                [
                    "--kubeconfig",
                    cluster.KubeConfigFile,
                    "--root-namespace",
                    root,
                    "--ads",
                    Ads,
                    "--monitoring",
                    Monitoring,
                    "--secure-ads",
                    _secureAds,
                    .. arguments.SelectMany(argument => argument == "--webhook" ? [argument, Webhook] : new[] { argument }),
                ],
                Path.Combine(folder, $"controlplane-{index}.log")
            );
            await _process.ReadyAsync($"http://{Monitoring}/ready");
        }

        public Task StopAsync() => _process!.StopAsync();

        public async Task KillAsync()
        {
            _process!.Kill();
            await _process.DisposeAsync();
            _process = null;
        }

        public async ValueTask DisposeAsync()
        {
            if (_process is not null)
            {
                await _process.DisposeAsync();
            }
        }

        private static string Free() => $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}";
    }
}
