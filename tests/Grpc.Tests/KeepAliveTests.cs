using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Grpc.Tests;

public sealed class KeepAliveTests
{
    [Fact]
    public async Task A_client_whose_pings_are_not_answered_ends_its_calls_with_UNAVAILABLE()
    {
        await using var server = await TestServer.StartAsync(new EchoService().Map);
        await using var relay = new CuttableRelay(server.Address.Port);
        var options = new GrpcChannelOptions { KeepAliveInterval = TimeSpan.FromSeconds(1), KeepAliveTimeout = TimeSpan.FromSeconds(1) };
        using var channel = new GrpcChannel(new Uri($"http://127.0.0.1:{relay.Port}"), options);
        await using var call = channel.OpenDuplex(EchoService.Bidi);
        await call.WriteAsync(EchoService.Bytes("x"));
        Assert.True(await call.NextAsync());
        relay.Silence();
        await call.NextAsync().FailsAsync(GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task A_server_whose_pings_are_not_answered_ends_its_calls()
    {
        var echo = new EchoService();
        var limits = new GrpcKestrelLimits { KeepAlivePingDelay = TimeSpan.FromSeconds(1), KeepAlivePingTimeout = TimeSpan.FromSeconds(1) };
        await using var server = await TestServer.StartAsync(echo.Map, limits: limits);
        await using var relay = new CuttableRelay(server.Address.Port);
        using var channel = new GrpcChannel(new Uri($"http://127.0.0.1:{relay.Port}"));
        await using var call = channel.OpenDuplex(EchoService.Wait);
        await call.WriteAsync(EchoService.Bytes("x"));
        Assert.True(await call.NextAsync());
        relay.Silence();
        await echo.CancelledAsync();
    }

    [Fact]
    public async Task A_stream_outlives_silence_while_pings_are_answered()
    {
        var options = new GrpcChannelOptions { KeepAliveInterval = TimeSpan.FromSeconds(1), KeepAliveTimeout = TimeSpan.FromSeconds(3) };
        var limits = new GrpcKestrelLimits
        {
            KeepAlivePingDelay = TimeSpan.FromSeconds(1),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(3),
            IdleTimeout = TimeSpan.FromSeconds(1),
            RequestHeadersTimeout = TimeSpan.FromSeconds(1),
        };
        await using var server = await TestServer.StartAsync(new EchoService().Map, limits: limits);
        using var channel = server.Connect(options);
        await using var call = channel.OpenDuplex(EchoService.Bidi);
        await call.WriteAsync(EchoService.Bytes("before"));
        Assert.True(await call.NextAsync());
        // The clock is Kestrel's own: the read is the condition, and 8 s are more than an interval and a limit, twice.
        using var silence = new CancellationTokenSource(TimeSpan.FromSeconds(8));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call.MoveNextAsync(silence.Token).AsTask());
        await call.WriteAsync(EchoService.Bytes("after"));
        Assert.True(await call.NextAsync());
        Assert.Equal("after", EchoService.Text(call.Current));
    }

    [Fact]
    public void A_gRPC_server_sets_every_limit_of_Kestrel_that_touches_it()
    {
        var kestrel = new KestrelServerOptions();
        new GrpcKestrelLimits().Apply(kestrel);
        Assert.False(kestrel.AddServerHeader);
        Assert.True(kestrel.AllowAlternateSchemes);
        Assert.Null(kestrel.Limits.MaxRequestBodySize);
        Assert.Null(kestrel.Limits.MinRequestBodyDataRate);
        Assert.Null(kestrel.Limits.MinResponseDataRate);
        Assert.Null(kestrel.Limits.MaxConcurrentConnections);
        Assert.Equal(1000, kestrel.Limits.Http2.MaxStreamsPerConnection);
        Assert.Equal(1024 * 1024, kestrel.Limits.Http2.InitialStreamWindowSize);
        Assert.Equal(2 * 1024 * 1024, kestrel.Limits.Http2.InitialConnectionWindowSize);
        Assert.Equal(16 * 1024, kestrel.Limits.Http2.MaxFrameSize);
        Assert.Equal(32 * 1024, kestrel.Limits.Http2.MaxRequestHeaderFieldSize);
        Assert.Equal(64 * 1024, kestrel.Limits.MaxRequestHeadersTotalSize);
        Assert.Equal(TimeSpan.FromSeconds(30), kestrel.Limits.Http2.KeepAlivePingDelay);
        Assert.Equal(TimeSpan.FromSeconds(20), kestrel.Limits.Http2.KeepAlivePingTimeout);
        Assert.Equal(TimeSpan.FromMinutes(10), kestrel.Limits.KeepAliveTimeout);
        Assert.Equal(TimeSpan.FromSeconds(30), kestrel.Limits.RequestHeadersTimeout);
    }
}
