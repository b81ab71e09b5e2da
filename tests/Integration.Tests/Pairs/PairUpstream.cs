using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Mesh.Integration.Tests.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>
/// An application that adds nothing of its own (no Server header, no limits) and does by path what a protocol pair has to carry; every other
/// path is answered with what was received. HTTP/1.1 and HTTP/2 on the ports of <see cref="EchoUpstream"/>.
/// </summary>
internal sealed class PairUpstream : IAsyncDisposable
{
    public const string ItsDate = "Mon, 01 Jan 2001 00:00:00 GMT";

    private readonly WebApplication _app;
    private readonly SemaphoreSlim _break = new(0);
    private int _aborted;
    private int _hanging;

    private PairUpstream(string version, IReadOnlyList<Func<KestrelServerOptions, HttpProtocols, Action>> listeners)
    {
        Version = version;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestHeadersTotalSize = 256 * 1024;
            kestrel.Limits.MaxRequestLineSize = 128 * 1024;
            kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 128 * 1024;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            listeners[0](kestrel, HttpProtocols.Http1)();
            listeners[1](kestrel, HttpProtocols.Http2)();
        });
        _app = builder.Build();
        _app.UseWebSockets();
        WebSocketPath.AddTo(_app);
        _app.Run(AnswerAsync);
    }

    public string Version { get; }

    /// <summary>Requests whose client left before they were answered.</summary>
    public int Aborted => Volatile.Read(ref _aborted);

    /// <summary>Requests that wait for ever at this moment.</summary>
    public int Hanging => Volatile.Read(ref _hanging);

    public static Task<PairUpstream> StartAsync(string version, string address)
    {
        Func<KestrelServerOptions, HttpProtocols, Action> On(int port) =>
            (kestrel, protocols) => () => kestrel.Listen(IPAddress.Parse(address), port, listen => listen.Protocols = protocols);
        return StartAsync(version, On(EchoUpstream.Http1Port), On(EchoUpstream.Http2Port));
    }

    /// <summary>On sockets that listen already: an HTTP/1.1 one and an HTTP/2 one.</summary>
    public static Task<PairUpstream> StartAsync(string version, ulong http1Handle, ulong http2Handle)
    {
        Func<KestrelServerOptions, HttpProtocols, Action> On(ulong handle) =>
            (kestrel, protocols) => () => kestrel.ListenHandle(handle, listen => listen.Protocols = protocols);
        return StartAsync(version, On(http1Handle), On(http2Handle));
    }

    /// <summary>Bytes that every test makes in the same way.</summary>
    public static void Fill(Span<byte> buffer, long offset)
    {
        for (var i = 0; i < buffer.Length; i++)
        {
            var at = offset + i;
            buffer[i] = (byte)(at ^ (at >> 8) ^ (at >> 16));
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _break.Dispose();
    }

    private static async Task<PairUpstream> StartAsync(string version, params Func<KestrelServerOptions, HttpProtocols, Action>[] listeners)
    {
        var upstream = new PairUpstream(version, listeners);
        await upstream._app.StartAsync();
        return upstream;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        try
        {
            await AnswerByPathAsync(context);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            Interlocked.Increment(ref _aborted);
        }
    }

    private Task AnswerByPathAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        switch (request.Path.Value)
        {
            case "/hang":
                return HangAsync(context);
            case "/reset":
                context.Abort();
                return Task.CompletedTask;
            case "/break":
                return BreakAsync(context);
            case "/early":
                response.StatusCode = 413;
                response.Headers["x-early"] = "1";
                return response.WriteAsync("too much", context.RequestAborted);
            case "/status":
                response.StatusCode = int.Parse(request.Query["code"].ToString(), CultureInfo.InvariantCulture);
                response.Headers.ETag = "\"tag\"";
                return Task.CompletedTask;
            case "/length":
                response.ContentLength = 1234;
                return HttpMethods.IsHead(request.Method)
                    ? Task.CompletedTask
                    : response.Body.WriteAsync(new byte[1234], context.RequestAborted).AsTask();
            case "/chunks":
                return ChunksAsync(context);
            case "/headers":
                response.Headers["x-latin"] = "caf\u00e9 \u00fc";
                response.Headers["x-dup"] = new(["one", "two"]);
                response.Headers.SetCookie = new(["a=1; Path=/", "b=2; Path=/"]);
                response.Headers.Date = ItsDate;
                response.Headers.Server = "its-own/1";
                return Task.CompletedTask;
            case "/large":
                response.Headers["x-large"] = new string('v', int.Parse(request.Query["size"].ToString(), CultureInfo.InvariantCulture));
                return Task.CompletedTask;
            case "/hop":
                response.Headers.Connection = "x-inner";
                response.Headers["x-inner"] = "1";
                response.Headers["x-outer"] = "1";
                return Task.CompletedTask;
            case "/download":
                return DownloadAsync(context, long.Parse(request.Query["size"].ToString(), CultureInfo.InvariantCulture));
            default:
                return EchoAsync(context);
        }
    }

    private async Task HangAsync(HttpContext context)
    {
        Interlocked.Increment(ref _hanging);
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        finally
        {
            Interlocked.Decrement(ref _hanging);
        }
    }

    /// <summary>Lets the next request for /break break off, whose head is under way.</summary>
    public void Break() => _break.Release();

    private async Task BreakAsync(HttpContext context)
    {
        context.Response.ContentLength = 1000;
        await context.Response.Body.WriteAsync(new byte[100], context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await _break.WaitAsync(context.RequestAborted);
        context.Abort();
    }

    private static async Task ChunksAsync(HttpContext context)
    {
        foreach (var part in new[] { "first ", "second ", "third" })
        {
            await context.Response.WriteAsync(part, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static async Task DownloadAsync(HttpContext context, long size)
    {
        context.Response.ContentLength = size;
        var buffer = new byte[64 * 1024];
        for (long offset = 0; offset < size; offset += buffer.Length)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, size - offset));
            Fill(part.Span, offset);
            await context.Response.Body.WriteAsync(part, context.RequestAborted);
        }
    }

    private async Task EchoAsync(HttpContext context)
    {
        var request = context.Request;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        long length = 0;
        for (int read; (read = await request.Body.ReadAsync(buffer, context.RequestAborted)) > 0; length += read)
        {
            hash.AppendData(buffer, 0, read);
        }

        context.Response.Headers["x-sha256"] = Convert.ToHexString(hash.GetCurrentHash());
        await context.Response.WriteAsJsonAsync(
            new Echo(
                Version,
                request.Protocol,
                request.Method,
                context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
                request.Host.Value ?? "",
                request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToArray(), StringComparer.Ordinal),
                length
            ),
            context.RequestAborted
        );
    }
}
