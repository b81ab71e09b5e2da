using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Grpc.Tests;

public sealed class LimitTests
{
    private const int Large = 16 * 1024 * 1024;
    private static readonly GrpcChannelOptions Raised = new() { MaxReceiveMessageSize = EchoService.MaxMessage };

    [Fact]
    public async Task Sixteen_MiB_go_there_and_back_when_both_limits_are_raised()
    {
        await using var server = await TestServer.StartAsync(new EchoService().Map);
        using var channel = server.Connect(Raised);
        var message = Random(Large);
        Assert.Equal(message, await channel.UnaryAsync(EchoService.Unary, message).WithinBound());
    }

    [Fact]
    public async Task Four_MiB_is_the_limit_of_a_server_by_default()
    {
        await using var server = await TestServer.StartAsync(app => app.MapGrpcUnary(EchoService.Unary, (r, _) => Task.FromResult(r)));
        using var channel = server.Connect(Raised);
        var overhead =
            new BytesValue { Value = ByteString.CopyFrom(new byte[4 * 1024 * 1024 - 10]) }.CalculateSize() - (4 * 1024 * 1024 - 10);
        var largest = Random((4 * 1024 * 1024) - overhead);
        Assert.Equal(largest, await channel.UnaryAsync(EchoService.Unary, largest).WithinBound());
        var e = await channel
            .UnaryAsync(EchoService.Unary, Random((4 * 1024 * 1024) - overhead + 1))
            .FailsAsync(GrpcStatusCode.ResourceExhausted);
        Assert.Contains("4194304", e.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Four_MiB_is_the_limit_of_a_client_by_default()
    {
        await using var server = await TestServer.StartAsync(new EchoService().Map);
        using var channel = server.Connect();
        var e = await channel.UnaryAsync(EchoService.Unary, Random(Large)).FailsAsync(GrpcStatusCode.ResourceExhausted);
        Assert.Contains("4194304", e.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_over_the_send_limit_never_leaves()
    {
        var calls = 0;
        await using var server = await TestServer.StartAsync(app =>
            app.MapGrpcUnary(EchoService.Unary, (r, _) => Task.FromResult(Interlocked.Increment(ref calls) > 0 ? r : r))
        );
        using var channel = server.Connect(new GrpcChannelOptions { MaxSendMessageSize = 100 });
        await channel.UnaryAsync(EchoService.Unary, Random(101)).FailsAsync(GrpcStatusCode.ResourceExhausted);
        await channel.UnaryAsync(EchoService.Unary, Random(50)).WithinBound();
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_response_over_the_send_limit_is_RESOURCE_EXHAUSTED()
    {
        await using var server = await TestServer.StartAsync(app =>
        {
            var options = new GrpcServerOptions { MaxSendMessageSize = 100 };
            app.MapGrpcUnary(EchoService.Unary, (r, _) => Task.FromResult(r), options);
            app.MapGrpcDuplex(EchoService.ServerStream, async stream => await stream.WriteAsync(new byte[101]), options);
        });
        using var channel = server.Connect();
        await channel.UnaryAsync(EchoService.Unary, Random(101)).FailsAsync(GrpcStatusCode.ResourceExhausted);
        await using var call = channel.OpenDuplex(EchoService.ServerStream);
        await call.NextAsync().FailsAsync(GrpcStatusCode.ResourceExhausted);
    }

    [Fact]
    public void Options_outside_their_range_are_refused()
    {
        var address = new Uri("http://127.0.0.1:1");
        GrpcChannelOptions[] bad =
        [
            new() { MaxReceiveMessageSize = -1 },
            new() { MaxSendMessageSize = -1 },
            new() { ConnectTimeout = TimeSpan.Zero },
            new() { IdleTimeout = TimeSpan.Zero },
            new() { KeepAliveInterval = TimeSpan.FromMilliseconds(999) },
            new() { KeepAliveTimeout = TimeSpan.FromMilliseconds(999) },
        ];
        Assert.All(bad, options => Assert.Throws<ArgumentOutOfRangeException>(() => new GrpcChannel(address, options)));
        new GrpcChannel(address, new GrpcChannelOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan }).Dispose();
    }

    private static BytesValue Random(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return new BytesValue { Value = ByteString.CopyFrom(bytes) };
    }
}
