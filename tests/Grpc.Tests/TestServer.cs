using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Grpc.Tests;

/// <summary>A real Kestrel on a free loopback port; an error that it logs and nobody took fails the test.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ErrorLog _errors;

    private TestServer(WebApplication app, ErrorLog errors, bool tls)
    {
        _app = app;
        _errors = errors;
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Address = new Uri($"{(tls ? "https" : "http")}://127.0.0.1:{bound.Port}");
    }

    public Uri Address { get; }

    public static async Task<TestServer> StartAsync(
        Action<WebApplication> map,
        HttpsConnectionAdapterOptions? tls = null,
        GrpcKestrelLimits? limits = null,
        TimeProvider? time = null,
        HttpProtocols protocols = HttpProtocols.Http2
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        var errors = new ErrorLog();
        builder.Logging.ClearProviders().AddProvider(errors);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            (limits ?? new GrpcKestrelLimits()).Apply(kestrel);
            kestrel.Listen(
                IPAddress.Loopback,
                0,
                listen =>
                {
                    listen.Protocols = protocols;
                    if (tls is not null)
                    {
                        listen.UseHttps(tls);
                    }
                }
            );
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return new TestServer(app, errors, tls is not null);
    }

    public GrpcChannel Connect(GrpcChannelOptions? options = null) => new(Address, options);

    /// <summary>Stops as on SIGTERM; completes when the last stream has ended.</summary>
    public Task StopAsync() => _app.StopAsync();

    /// <summary>The one error that this test provoked.</summary>
    public string TakeError()
    {
        Assert.True(_errors.Entries.TryDequeue(out var entry), "an error should have been logged");
        return entry;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Assert.Empty(_errors.Entries);
    }
}
