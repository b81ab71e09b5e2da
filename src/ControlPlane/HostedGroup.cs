using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;

namespace Mesh.ControlPlane;

/// <summary>Services that start, stop and go together.</summary>
internal sealed class HostedGroup(ImmutableArray<BackgroundService> services) : IHostedService, IDisposable
{
    public Task StartAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(services.Select(service => service.StartAsync(cancellationToken)));

    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(services.Select(service => service.StopAsync(cancellationToken)));

    public void Dispose()
    {
        foreach (var service in services)
        {
            service.Dispose();
        }
    }
}
