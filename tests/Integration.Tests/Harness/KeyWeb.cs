using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Integration.Tests.Harness;

/// <summary>An issuer's web server: its keys at <c>/keys</c>, and an OpenID configuration of the issuer <c>/tenant</c> that leads there.</summary>
internal sealed class KeyWeb : IAsyncDisposable
{
    private readonly WebApplication _app;
    private volatile string? _keys;
    private int _requests;

    private KeyWeb()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Null: it answers 503.</summary>
    public string? Keys
    {
        get => _keys;
        set => _keys = value;
    }

    public int Requests => Volatile.Read(ref _requests);

    public string Url =>
        _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();

    public static async Task<KeyWeb> StartAsync()
    {
        var web = new KeyWeb();
        await web._app.StartAsync();
        return web;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        switch (context.Request.Path.Value)
        {
            case "/keys" when _keys is { } keys:
                return context.Response.WriteAsync(keys);
            case "/tenant/.well-known/openid-configuration":
                return context.Response.WriteAsync($$"""{"jwks_uri":"{{Url}}/keys"}""");
            default:
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return Task.CompletedTask;
        }
    }
}
