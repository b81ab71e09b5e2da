using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Grpc.Tests;

/// <summary>Deadlines, cancellation and shutdown: how calls end before their time.</summary>
public sealed class EndingTests : IAsyncLifetime
{
    private readonly EchoService _echo = new();
    private TestServer _server = null!;
    private GrpcChannel _channel = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync(_echo.Map);
        _channel = _server.Connect();
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_deadline_ends_the_call_on_both_sides()
    {
        await using var call = await WaitingCallAsync(new GrpcCallOptions { Deadline = In(TimeSpan.FromMilliseconds(500)) });
        await call.NextAsync().FailsAsync(GrpcStatusCode.DeadlineExceeded);
        await _echo.CancelledAsync();
    }

    [Fact]
    public async Task A_deadline_that_has_passed_sends_nothing()
    {
        var options = new GrpcCallOptions { Deadline = In(TimeSpan.FromSeconds(-1)) };
        using var nobody = new GrpcChannel(new Uri("http://127.0.0.1:1"));
        await nobody.UnaryAsync(EchoService.Unary, EchoService.Bytes("x"), options).FailsAsync(GrpcStatusCode.DeadlineExceeded);
    }

    [Fact]
    public async Task A_deadline_far_away_does_no_harm()
    {
        foreach (var deadline in (DateTimeOffset[])[In(TimeSpan.FromDays(365)), DateTimeOffset.MaxValue])
        {
            var options = new GrpcCallOptions { Deadline = deadline };
            await _channel.UnaryAsync(EchoService.Unary, EchoService.Bytes("x"), options).WithinBound();
        }
    }

    [Fact]
    public async Task The_server_ends_a_call_at_its_deadline_though_its_client_and_its_handler_do_not()
    {
        var release = new TaskCompletionSource();
        DateTimeOffset? seen = null;
        await using var server = await TestServer.StartAsync(app =>
            app.MapGrpcDuplex(
                EchoService.Bidi,
                async stream =>
                {
                    seen = stream.Context.Deadline;
                    await release.Task;
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.WriteAsync(EchoService.Bytes("late")).AsTask());
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.MoveNextAsync().AsTask());
                }
            )
        );
        using var client = RawHttp.Client();
        using var response = await client
            .SendAsync(RawHttp.Call(server.Address, EchoService.Bidi.FullName, [], ("grpc-timeout", "100m")), default)
            .WithinBound();
        Assert.Equal("4", RawHttp.Status(response));
        Assert.NotNull(seen);
        release.SetResult();
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_sends_nothing()
    {
        var options = new GrpcCallOptions { CancellationToken = new CancellationToken(canceled: true) };
        using var nobody = new GrpcChannel(new Uri("http://127.0.0.1:1"));
        await nobody.UnaryAsync(EchoService.Unary, EchoService.Bytes("x"), options).FailsAsync(GrpcStatusCode.Cancelled);
    }

    [Fact]
    public async Task A_cancelled_call_ends_on_both_sides()
    {
        using var cancel = new CancellationTokenSource();
        await using var call = await WaitingCallAsync(new GrpcCallOptions { CancellationToken = cancel.Token });
        var reading = call.NextAsync();
        await cancel.CancelAsync();
        await reading.FailsAsync(GrpcStatusCode.Cancelled);
        await _echo.CancelledAsync();
    }

    [Fact]
    public async Task A_cancelled_call_that_nobody_reads_ends_on_the_server()
    {
        using var cancel = new CancellationTokenSource();
        await using var call = await WaitingCallAsync(new GrpcCallOptions { CancellationToken = cancel.Token });
        await call.CompleteWritesAsync();
        await cancel.CancelAsync();
        await _echo.CancelledAsync();
    }

    [Fact]
    public async Task A_disposed_call_ends_on_the_server()
    {
        await using (await WaitingCallAsync(new GrpcCallOptions())) { }
        await _echo.CancelledAsync();
    }

    [Fact]
    public async Task Disposing_a_call_ends_the_read_that_waits_in_it()
    {
        var call = await WaitingCallAsync(new GrpcCallOptions());
        var reading = call.NextAsync();
        await call.DisposeAsync();
        await reading.FailsAsync(GrpcStatusCode.Cancelled);
        await _echo.CancelledAsync();
    }

    [Fact]
    public async Task A_cancelled_read_leaves_the_call_as_it_was()
    {
        await using var call = _channel.OpenDuplex(EchoService.Bidi);
        for (var i = 0; i < 20; i++)
        {
            using var impatient = new CancellationTokenSource();
            var reading = call.MoveNextAsync(impatient.Token).AsTask();
            await impatient.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
            await call.WriteAsync(EchoService.Bytes($"{i}"));
            Assert.True(await call.NextAsync());
            Assert.Equal($"{i}", EchoService.Text(call.Current));
        }
        await call.CompleteWritesAsync();
        Assert.False(await call.NextAsync());
    }

    [Fact]
    public async Task A_cancelled_read_on_the_server_leaves_the_call_as_it_was()
    {
        await using var server = await TestServer.StartAsync(app =>
            app.MapGrpcDuplex(
                EchoService.Bidi,
                async stream =>
                {
                    using var impatient = new CancellationTokenSource();
                    var reading = stream.MoveNextAsync(impatient.Token).AsTask();
                    await impatient.CancelAsync();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
                    await stream.SendHeadersAsync();
                    Assert.True(await stream.MoveNextAsync());
                    await stream.WriteAsync(stream.Current);
                }
            )
        );
        using var channel = server.Connect();
        await using var call = channel.OpenDuplex(EchoService.Bidi);
        await call.GetResponseHeadersAsync();
        await call.WriteAsync(EchoService.Bytes("kept"));
        Assert.True(await call.NextAsync());
        Assert.Equal("kept", EchoService.Text(call.Current));
    }

    [Fact]
    public async Task A_write_that_is_cancelled_inside_a_message_ends_the_call()
    {
        await using var call = _channel.OpenDuplex(EchoService.Wait);
        using var impatient = new CancellationTokenSource();
        var large = new BytesValue { Value = ByteString.CopyFrom(new byte[16 * 1024 * 1024]) };
        await call.WriteAsync(EchoService.Bytes("x"));
        Assert.True(await call.NextAsync());
        var writing = call.WriteAsync(large, impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
        await call.NextAsync().FailsAsync(GrpcStatusCode.Cancelled);
        await _echo.CancelledAsync();
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_read_of_its_handler_quietly()
    {
        var left = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(app =>
            app.MapGrpcDuplex(
                EchoService.Bidi,
                async stream =>
                {
                    await stream.SendHeadersAsync();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.MoveNextAsync().AsTask());
                    left.SetResult();
                    stream.Context.CancellationToken.ThrowIfCancellationRequested();
                }
            )
        );
        var channel = server.Connect();
        await using var call = channel.OpenDuplex(EchoService.Bidi);
        await call.GetResponseHeadersAsync();
        channel.Dispose();
        await left.Task.WithinBound();
        await call.NextAsync().FailsAsync(GrpcStatusCode.Cancelled);
        Assert.Throws<ObjectDisposedException>(() => channel.OpenDuplex(EchoService.Bidi));
    }

    [Fact]
    public async Task A_server_that_stops_ends_its_open_streams_with_UNAVAILABLE_at_once()
    {
        await using var reading = _channel.OpenDuplex(EchoService.Bidi);
        await reading.GetResponseHeadersAsync();
        await using var waiting = await WaitingCallAsync(new GrpcCallOptions());
        // The host would kill what is left after 30 s; a bound below that proves the streams went by themselves.
        await _server.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));
        await reading.NextAsync().FailsAsync(GrpcStatusCode.Unavailable);
        await waiting.NextAsync().FailsAsync(GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task A_server_that_stops_lets_unary_calls_finish()
    {
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(app =>
            app.MapGrpcUnary(
                EchoService.Unary,
                async (request, _) =>
                {
                    entered.SetResult();
                    await release.Task;
                    return request;
                }
            )
        );
        using var channel = server.Connect();
        var call = channel.UnaryAsync(EchoService.Unary, EchoService.Bytes("last"));
        await entered.Task.WithinBound();
        var stopping = server.StopAsync();
        release.SetResult();
        Assert.Equal("last", EchoService.Text(await call.WithinBound()));
        await stopping.WithinBound();
    }

    [Fact]
    public async Task A_call_whose_server_dies_is_UNAVAILABLE_and_the_next_one_connects_again()
    {
        await using var proxy = new CuttableRelay(_server.Address.Port);
        using var channel = new GrpcChannel(new Uri($"http://127.0.0.1:{proxy.Port}"));
        await using var call = channel.OpenDuplex(EchoService.Bidi);
        await call.WriteAsync(EchoService.Bytes("x"));
        Assert.True(await call.NextAsync());
        var reading = call.NextAsync();
        proxy.CutAll();
        await reading.FailsAsync(GrpcStatusCode.Unavailable);
        await channel.UnaryAsync(EchoService.Unary, EchoService.Bytes("again")).WithinBound();
    }

    private async Task<GrpcDuplexCall<BytesValue, BytesValue>> WaitingCallAsync(GrpcCallOptions options)
    {
        var call = _channel.OpenDuplex(EchoService.Wait, options);
        await call.WriteAsync(EchoService.Bytes("x"));
        Assert.True(await call.NextAsync());
        return call;
    }

    private static DateTimeOffset In(TimeSpan time) => TimeProvider.System.GetUtcNow() + time;
}
