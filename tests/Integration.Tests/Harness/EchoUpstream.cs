using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Mesh.Integration.Tests.Harness;

/// <summary>
/// An application of the tests: answers with what it received and who it is. HTTP/1.1 on port 8080, HTTP/2 on port 8081.
/// Request headers steer it: <c>x-delay-ms</c>, <c>x-slow-version</c> with <c>x-slow-ms</c>, <c>x-fail-version</c>, <c>x-status</c>, <c>x-abort</c>.
/// </summary>
internal sealed class EchoUpstream : IAsyncDisposable
{
    public const int Http1Port = 8080;
    public const int Http2Port = 8081;

    private readonly WebApplication _app;
    private int _requests;
    private int _active;

    private EchoUpstream(string version, string address, Action<WebApplication>? extra)
    {
        Version = version;
        Address = address;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Parse(address), Http1Port, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Parse(address), Http2Port, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.AllowSynchronousIO = false;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
        });
        _app = builder.Build();
        _app.UseWebSockets();
        extra?.Invoke(_app);
        _app.Run(AnswerAsync);
    }

    public string Version { get; }

    public string Address { get; }

    public int Requests => Volatile.Read(ref _requests);

    public int Active => Volatile.Read(ref _active);

    public static async Task<EchoUpstream> StartAsync(string version, Action<WebApplication>? extra = null)
    {
        var upstream = new EchoUpstream(version, LoopbackSubnet.NextAddress(), extra);
        await upstream._app.StartAsync();
        return upstream;
    }

    /// <summary>Listens no more, finishes what is open, closes its connections: as applications do when they are told to end.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Increment(ref _active);
        try
        {
            var request = context.Request;
            if (request.Headers.ContainsKey("x-abort"))
            {
                context.Abort();
                return;
            }

            if (int.TryParse(request.Headers["x-delay-ms"], out var delay))
            {
                await Task.Delay(delay, context.RequestAborted);
            }

            if (request.Headers["x-slow-version"] == Version && int.TryParse(request.Headers["x-slow-ms"], out var slow))
            {
                await Task.Delay(slow, context.RequestAborted);
            }

            if (request.Headers["x-fail-version"] == Version)
            {
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }

            if (int.TryParse(request.Headers["x-status"], out var status))
            {
                context.Response.StatusCode = status;
            }

            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, context.RequestAborted);
            await context.Response.WriteAsJsonAsync(
                new Echo(
                    Version,
                    request.Protocol,
                    request.Method,
                    context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                    request.Host.Value ?? "",
                    request.Headers.ToDictionary(
                        header => header.Key.ToLowerInvariant(),
                        header => header.Value.ToArray(),
                        StringComparer.Ordinal
                    ),
                    body.Length
                ),
                context.RequestAborted
            );
        }
        catch (OperationCanceledException)
        {
            // The client left; nothing to answer.
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }
}
