using Mesh.ControlPlane.Delivery;
using Mesh.Grpc;
using Mesh.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>The discovery service on a real Kestrel, port chosen by the system.</summary>
internal sealed class DiscoveryHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private DiscoveryHost(WebApplication app) => this.app = app;

    public ResourceStore Store { get; } = new();

    public SyncStatusStore Status { get; } = new(TimeProvider.System);

    public MetricRegistry Metrics { get; } = new();

    public Uri Address => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public static async Task<DiscoveryHost> StartAsync(DiscoveryOptions? options = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            new GrpcKestrelLimits().Apply(kestrel);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        var host = new DiscoveryHost(app);
        new DiscoveryService(
            host.Store,
            host.Status,
            new DeliveryMetrics(host.Metrics),
            options ?? new DiscoveryOptions(),
            TimeProvider.System,
            NullLogger<DiscoveryService>.Instance
        ).Map(app);
        await app.StartAsync();
        return host;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
