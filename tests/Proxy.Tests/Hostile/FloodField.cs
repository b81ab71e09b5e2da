using Mesh.Proxy.Tests.Traffic;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>A proxy with an upstream, and a client that behaves.</summary>
internal sealed class FloodField : IAsyncDisposable
{
    private WebUpstream _upstream = null!;
    private Http2Peer _other = null!;
    private int _stream = 1;
    private int _now;
    private int _most;

    public TestProxy Proxy { get; private set; } = null!;

    public int MostAtOnce => Volatile.Read(ref _most);

    // :status 200 is the first byte of a head by its place in HPACK's table.
    public static bool IsOk(Http2Frame head) => head.Payload[0] == 0x88;

    public static async Task<FloodField> StartAsync(TrafficLimits? limits = null)
    {
        var field = new FloodField();
        field._upstream = await WebUpstream.StartAsync(http2: false, field.ServeAsync);
        field.Proxy = await TestProxy.StartAsync(
            TestConfig.Outbound(TestConfig.Forward(TestConfig.Cluster(field._upstream.EndPoint))),
            options => options with { Limits = limits ?? options.Limits }
        );
        field._other = await Http2Peer.ConnectAsync(field.Proxy.Outbound);
        await field.CheckAsync();
        return field;
    }

    /// <summary>Who was there before, and who comes now, are served.</summary>
    public async Task CheckAsync()
    {
        await AskAsync(_other, _stream);
        _stream += 2;
        await CheckNextAsync();
    }

    /// <summary>Who comes now is served.</summary>
    public async Task CheckNextAsync()
    {
        await using var next = await Http2Peer.ConnectAsync(Proxy.Outbound);
        await AskAsync(next, 1);
    }

    public string Metrics() => Proxy.Metrics.ToText();

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await Proxy.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    private static async Task AskAsync(Http2Peer client, int stream)
    {
        await client.SendAsync(Http2Wire.Get(stream));
        var head = await client.UntilAsync(frame => frame.Type == Http2Wire.Headers && frame.Stream == stream);
        Assert.True(head is not null && IsOk(head), "the other client was not served");
        await client.UntilAsync(frame => frame.EndsStream && frame.Stream == stream);
    }

    private async Task ServeAsync(HttpContext context)
    {
        var now = Interlocked.Increment(ref _now);
        if (now > MostAtOnce)
        {
            Volatile.Write(ref _most, now);
        }

        try
        {
            switch (context.Request.Path)
            {
                case "/silent":
                    await Task.Delay(-1, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    break;
                case "/some":
                    await context.Response.WriteAsync(new string('s', 2000));
                    break;
                case "/count":
                    var counter = new MemoryStream();
                    await context.Request.Body.CopyToAsync(counter);
                    await context.Response.WriteAsync($"{counter.Length}");
                    break;
                case "/events":
                    for (var i = 0; i < 60; i++)
                    {
                        await context.Response.WriteAsync("event", context.RequestAborted);
                        await context.Response.Body.FlushAsync(context.RequestAborted);
                        await Task.Delay(100, context.RequestAborted);
                    }

                    break;
                case "/large":
                    await context.Response.Body.WriteAsync(new byte[100_000], context.RequestAborted);
                    break;
                default:
                    await context.Response.WriteAsync("ok");
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            // The proxy gave it up.
        }
        finally
        {
            Interlocked.Decrement(ref _now);
        }
    }
}
