using Mesh.ApiServerDouble;
using Mesh.ControlPlane.Sources;
using Mesh.ControlPlane.Sources.Kubernetes;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Sources.Kubernetes;

/// <summary>An API server and a source that follows it.</summary>
internal sealed class ClusterHarness : IAsyncDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private ClusterHarness(ApiServer server)
    {
        Server = server;
        Client = new(new ClusterAccess { Server = server.Address }, "tests/1");
        Source = new(Client, "istio-system", TimeProvider.System, NullLogger<KubernetesSource>.Instance);
    }

    public ApiServer Server { get; }

    public KubernetesClient Client { get; }

    public KubernetesSource Source { get; }

    public static async Task<ClusterHarness> StartAsync() => new(await ApiServer.StartAsync());

    public Task FollowAsync() => Source.StartAsync(CancellationToken.None);

    public async Task<SourceState> ReadAsync()
    {
        using var limit = new CancellationTokenSource(Bound);
        return await Source.ReadAsync(limit.Token);
    }

    /// <summary>Reads at every signal until it is as expected.</summary>
    public async Task<SourceState> UntilAsync(Func<SourceState, bool> condition)
    {
        using var limit = new CancellationTokenSource(Bound);
        while (true)
        {
            var state = await Source.ReadAsync(limit.Token);
            if (condition(state))
            {
                return state;
            }

            await Source.WaitForSignalAsync(limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Source.StopAsync(CancellationToken.None);
        Source.Dispose();
        Client.Dispose();
        await Server.DisposeAsync();
    }
}
