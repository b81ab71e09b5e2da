using System.Net;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Injection;

/// <summary>A sidecar that no control plane answers, with what the injector would have told it: it has port 15020's pages all the same.</summary>
internal sealed class LoneProxy : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private LoneProxy(Dictionary<string, string> environment) =>
        Process = ChildProcess.Start(
            "proxy",
            "dotnet",
            [
                MeshBinaries.BesideThis.Proxy,
                "--node",
                "sidecar~127.0.0.1~web.shop~shop.svc.cluster.local",
                "--ads",
                "127.0.0.1:1",
                "--outbound",
                "127.0.0.1:0",
                "--admin",
                "127.0.0.1:0",
                "--ready",
                "127.0.0.1:0",
                "--metrics",
                "127.0.0.1:0",
                "--merged",
                $"*:{Port}",
            ],
            Path.Combine(_directory.Path, "log"),
            environment
        );

    public ChildProcess Process { get; }

    /// <summary>What is 15020 in a pod.</summary>
    public int Port { get; } = FreePort.On(IPAddress.Loopback);

    /// <summary>Answers over both families when this returns.</summary>
    public static async Task<LoneProxy> StartAsync(Dictionary<string, string> environment)
    {
        var proxy = new LoneProxy(environment);
        foreach (var host in new[] { "127.0.0.1", "[::1]" })
        {
            await proxy.Process.ReadyAsync($"http://{host}:{proxy.Port}/stats/prometheus");
        }

        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _directory.Dispose();
    }
}
