using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Tests.Keys;

/// <summary>An issuer's web server: answers each path as a test says at the moment.</summary>
internal sealed class KeyServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private KeyServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(context =>
        {
            Interlocked.Increment(ref _requests);
            return Answers.TryGetValue(context.Request.Path, out var answer) ? answer(context) : NotFound(context);
        });
    }

    public ConcurrentDictionary<string, Func<HttpContext, Task>> Answers { get; } = [];

    public int Requests => Volatile.Read(ref _requests);

    public string Url =>
        _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();

    public static async Task<KeyServer> StartAsync()
    {
        var server = new KeyServer();
        await server._app.StartAsync();
        return server;
    }

    public void Say(string path, string text, Action<HttpResponse>? more = null) =>
        Answers[path] = context =>
        {
            more?.Invoke(context.Response);
            return context.Response.WriteAsync(text);
        };

    public void Fail(string path, int status) =>
        Answers[path] = context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        };

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
