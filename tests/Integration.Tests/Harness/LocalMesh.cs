using System.Net;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A control plane process over a directory of its own, and sidecar processes as tests ask for them.</summary>
internal sealed class LocalMesh : IAsyncDisposable
{
    private readonly List<Sidecar> _sidecars = [];
    private readonly string[] _controlPlaneArguments;
    private int? _openFiles;
    private ChildProcess? _controlPlane;

    private LocalMesh(string root, string[] extraArguments)
    {
        Root = root;
        Config = Path.Combine(Root, "config");
        Directory.CreateDirectory(Config);
        Ads = $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}";
        Monitoring = $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}";
        _controlPlaneArguments = ["--config", Config, "--ads", Ads, "--monitoring", Monitoring, .. extraArguments];
    }

    public string Root { get; }

    /// <summary>The directory that the control plane watches.</summary>
    public string Config { get; }

    public string Ads { get; }

    /// <summary>The authority's side; null for a mesh without certificates.</summary>
    public MeshIdentity? Identity { get; private init; }

    public string Monitoring { get; }

    public ChildProcess ControlPlane => _controlPlane ?? throw new InvalidOperationException("The control plane is stopped.");

    public static async Task<LocalMesh> StartAsync(params string[] controlPlaneArguments)
    {
        var mesh = new LocalMesh(NewRoot(), controlPlaneArguments);
        await mesh.StartControlPlaneAsync();
        return mesh;
    }

    /// <summary>A mesh whose control plane may have so many files open.</summary>
    public static async Task<LocalMesh> StartLimitedAsync(int openFiles)
    {
        var mesh = new LocalMesh(NewRoot(), []) { _openFiles = openFiles };
        await mesh.StartControlPlaneAsync();
        return mesh;
    }

    /// <summary>A mesh with an authority: sidecars join by tokens of their own, and their pods say that they have a sidecar.</summary>
    /// <param name="lifetime">Of certificates.</param>
    public static async Task<LocalMesh> StartSecureAsync(string lifetime = "24h", params string[] controlPlaneArguments)
    {
        var root = NewRoot();
        var identity = new MeshIdentity(root, lifetime);
        var mesh = new LocalMesh(root, [.. identity.ControlPlaneArguments, .. controlPlaneArguments]) { Identity = identity };
        await mesh.StartControlPlaneAsync();
        return mesh;
    }

    private static string NewRoot() => Directory.CreateTempSubdirectory("mesh-test-").FullName;

    public async Task StartControlPlaneAsync()
    {
        _controlPlane = LimitedProcess.StartDotnet(
            "controlplane",
            MeshBinaries.BesideThis.ControlPlane,
            _controlPlaneArguments,
            Path.Combine(Root, "controlplane.log"),
            _openFiles
        );
        await _controlPlane.ReadyAsync($"http://{Monitoring}/ready");
    }

    /// <summary>Ends the control plane without warning, as a crash would.</summary>
    public async Task KillControlPlaneAsync()
    {
        ControlPlane.Kill();
        await ControlPlane.DisposeAsync();
        _controlPlane = null;
    }

    /// <summary>Puts a file in place as a rename does, so that no half file is ever read.</summary>
    public void Write(string name, string yaml)
    {
        var temporary = Path.Combine(Root, name);
        File.WriteAllText(temporary, yaml);
        File.Move(temporary, Path.Combine(Config, name), overwrite: true);
    }

    public void Delete(string name) => File.Delete(Path.Combine(Config, name));

    /// <summary>Writes a file and waits until every sidecar serves by it: a host that answers a new word each time tells.</summary>
    public async Task ApplyAsync(string name, string yaml)
    {
        var host = $"{Path.GetFileNameWithoutExtension(name)}.marker.test";
        var word = Guid.NewGuid().ToString();
        Write(name, $"{yaml}\n---\n{Objects.Marker(host, word)}");
        foreach (var sidecar in _sidecars)
        {
            await sidecar.AnswersAsync(host, word);
        }
    }

    /// <summary>Starts a sidecar for a pod of its own (labels as written in its Pod object) and waits until it is ready.</summary>
    public async Task<Sidecar> StartSidecarAsync(
        string pod = "client-7d9c5b8f6-q2x4z",
        string ns = "default",
        string? labels = null,
        string? address = null,
        params string[] extraArguments
    )
    {
        address ??= LoopbackSubnet.NextAddress();
        labels ??= "app: client";
        Write($"pod-{pod}.yaml", Objects.Pod(pod, ns, address, Identity is null ? labels : $"{labels}, {MeshIdentity.SidecarLabel}"));
        var sidecar = new Sidecar(pod, ns, address, Root);
        _sidecars.Add(sidecar);
        sidecar.Start(Identity?.Join(ns, Objects.ServiceAccountOf(pod)) ?? ["--ads", Ads], extraArguments);
        await sidecar.ReadyAsync();
        return sidecar;
    }

    /// <summary>Ends a sidecar before the mesh ends.</summary>
    public async Task StopAsync(Sidecar sidecar)
    {
        _sidecars.Remove(sidecar);
        await sidecar.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sidecar in _sidecars)
        {
            await sidecar.DisposeAsync();
        }

        if (_controlPlane is not null)
        {
            await _controlPlane.DisposeAsync();
        }

        Directory.Delete(Root, recursive: true);
    }
}
