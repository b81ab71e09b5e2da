using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Mesh.Cli.Processes;

namespace Mesh.Cli.Demo;

/// <summary>The whole bookshop in processes on loopback: a control plane, and an application with its sidecar for every pod.</summary>
internal sealed class DemoMesh : IAsyncDisposable
{
    private const int AppPort = 9080;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(45);

    private readonly DemoFiles _files;
    private readonly MeshBinaries _binaries;
    private readonly string _directory;
    private readonly List<ChildProcess> _children = [];

    public DemoMesh(DemoFiles files, MeshBinaries binaries)
    {
        _files = files;
        _binaries = binaries;
        _directory = Directory.CreateTempSubdirectory("mesh-demo-").FullName;
        Directory.CreateDirectory(Config);
        Directory.CreateDirectory(Path.Combine(_directory, "logs"));
    }

    /// <summary>The directory that the control plane watches.</summary>
    public string Config => Path.Combine(_directory, "config");

    public string Monitoring { get; private set; } = "";

    /// <summary>Where readers come in: the product page, through its sidecar.</summary>
    public string ProductPageUrl => $"http://{ProductPage.Address}:{AppPort}/api/v1/products/0";

    private DemoPod ProductPage => _files.Pods.Single(pod => pod.App == "productpage");

    /// <exception cref="TimeoutException">A part did not become ready; its last output is in the message.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        EnsureAddressesAreFree();
        foreach (var (name, text) in _files.Base)
        {
            Write(name, text);
        }

        var ads = $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}";
        Monitoring = $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}";
        StartPart("controlplane", _binaries.ControlPlane, "--config", Config, "--ads", ads, "--monitoring", Monitoring);
        await ReadyAsync("the control plane", $"http://{Monitoring}/ready", cancel);

        foreach (var pod in _files.Pods)
        {
            StartPod(pod, ads);
        }

        foreach (var pod in _files.Pods)
        {
            await ReadyAsync($"the sidecar of {pod.Name}", $"http://{pod.Address}:15021/healthz/ready", cancel);
        }

        await ReadyAsync("the product page", $"http://{ProductPage.AppAddress}:{AppPort}/productpage", cancel);
    }

    /// <summary>Puts a step's networking file in place, as <c>kubectl apply</c> would, and waits until the product page's sidecar follows.</summary>
    public async Task ApplyAsync(DemoStep step, CancellationToken cancel)
    {
        var before = await VersionAsync(cancel);
        Write("networking.yaml", step.Yaml);
        await Wait.UntilAsync(
            $"step {step.Name} in force at {ProductPage.Name}",
            TimeSpan.FromSeconds(10),
            async () => await VersionAsync(cancel) != before,
            cancel
        );
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_children.Select(child => child.DisposeAsync().AsTask()));
        Directory.Delete(_directory, recursive: true);
    }

    private void StartPod(DemoPod pod, string ads)
    {
        StartPart(
            $"{pod.App}-{pod.Version}",
            _binaries.Bookinfo,
            "--role",
            pod.App,
            "--version-label",
            pod.Version,
            "--listen",
            $"{pod.AppAddress}:{AppPort}",
            "--mesh",
            $"http://{pod.Outbound}"
        );
        StartPart(
            $"{pod.App}-{pod.Version}.sidecar",
            _binaries.Proxy,
            "--node",
            pod.NodeId,
            "--ads",
            ads,
            "--outbound",
            pod.Outbound,
            "--inbound",
            $"{pod.Address}:15006",
            "--app",
            pod.AppAddress,
            "--service-account",
            pod.ServiceAccount,
            "--admin",
            pod.Admin,
            "--ready",
            $"{pod.Address}:15021",
            "--metrics",
            $"{pod.Address}:15090",
            "--merged",
            $"{pod.Address}:15020",
            "--access-log",
            Path.Combine(_directory, "logs", $"{pod.App}-{pod.Version}.access.log")
        );
    }

    private void StartPart(string name, string assembly, params string[] arguments) =>
        _children.Add(ChildProcess.StartDotnet(name, assembly, arguments, Path.Combine(_directory, "logs", $"{name}.log")));

    private Task ReadyAsync(string what, string url, CancellationToken cancel) =>
        Wait.UntilAsync(
            what + " is ready",
            StartLimit,
            () =>
            {
                if (_children.Find(child => child.HasExited) is { } dead)
                {
                    throw new InvalidOperationException($"{dead.Name} ended with code {dead.ExitCode}:{Environment.NewLine}{dead.Tail()}");
                }

                return Wait.AnswersAsync(url, cancel);
            },
            cancel
        );

    private async Task<string?> VersionAsync(CancellationToken cancel)
    {
        if (await Wait.TextAsync($"http://{ProductPage.Admin}/config_dump", cancel) is not { } text)
        {
            return null;
        }

        using var dump = JsonDocument.Parse(text);
        return dump.RootElement.GetProperty("version").GetString();
    }

    // Written beside and renamed, so that the control plane never reads half a file.
    private void Write(string name, string text)
    {
        var temporary = Path.Combine(_directory, name);
        File.WriteAllText(temporary, text);
        File.Move(temporary, Path.Combine(Config, name), overwrite: true);
    }

    private void EnsureAddressesAreFree()
    {
        foreach (var pod in _files.Pods)
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(pod.Address), AppPort));
            }
            catch (SocketException)
            {
                throw new InvalidOperationException(
                    $"{pod.Address}:{AppPort} is in use, probably by another demo; stop it, or give this one other addresses with --subnet 127.9"
                );
            }
        }
    }
}
