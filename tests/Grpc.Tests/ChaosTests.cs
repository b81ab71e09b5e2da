using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Grpc.Tests;

public sealed class ChaosTests
{
    private const int Calls = 600;
    private int _serving;

    [Theory]
    [InlineData(17)]
    [InlineData(18)]
    [InlineData(19)]
    public async Task Calls_that_both_sides_end_at_random_all_end_and_leave_nothing_behind(int seed)
    {
        await using var server = await TestServer.StartAsync(app => app.MapGrpcDuplex(EchoService.Bidi, ServeAsync));
        using var channel = server.Connect();
        var seeds = new Random(seed);
        var calls = Enumerable.Range(0, Calls).Select(_ => seeds.Next()).ToList();
        using var atOnce = new SemaphoreSlim(50);
        await Task.WhenAll(calls.Select(OneAsync)).WithinBound();

        await Bound.UntilAsync(() => Volatile.Read(ref _serving) == 0);

        async Task OneAsync(int call)
        {
            await atOnce.WaitAsync();
            try
            {
                await CallAsync(channel, new Random(call));
            }
            catch (GrpcException)
            {
                // any status will do; a hang or another exception will not
            }
            finally
            {
                atOnce.Release();
            }
        }
    }

    private static async Task CallAsync(GrpcChannel channel, Random random)
    {
        using var cancel = new CancellationTokenSource();
        var options = new GrpcCallOptions
        {
            CancellationToken = cancel.Token,
            Deadline = random.Next(3) == 0 ? TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(random.Next(1, 50)) : null,
        };
        await using var call = channel.OpenDuplex(EchoService.Bidi, options);
        for (var step = 0; step < 8; step++)
        {
            switch (random.Next(8))
            {
                case 0:
                    return;
                case 1:
                    await cancel.CancelAsync();
                    break;
                case 2:
                    await call.CompleteWritesAsync();
                    while (await call.NextAsync()) { }
                    return;
                case 3:
                    await call.WriteAsync(new BytesValue { Value = ByteString.CopyFrom(new byte[random.Next(200_000)]) });
                    break;
                case 4:
                    // The server ends the call while we go on writing.
                    await call.WriteAsync(EchoService.Bytes($"status {random.Next(17)}"));
                    break;
                default:
                    await call.WriteAsync(EchoService.Bytes("turn"));
                    if (!await call.NextAsync())
                    {
                        return;
                    }
                    break;
            }
        }
    }

    private async Task ServeAsync(GrpcServerStream<BytesValue, BytesValue> stream)
    {
        Interlocked.Increment(ref _serving);
        try
        {
            while (await stream.MoveNextAsync())
            {
                if (EchoService.Text(stream.Current) is { Length: < 20 } text && text.StartsWith("status ", StringComparison.Ordinal))
                {
                    var code = (GrpcStatusCode)int.Parse(text.AsSpan(7), System.Globalization.CultureInfo.InvariantCulture);
                    if (code == GrpcStatusCode.Ok)
                    {
                        return;
                    }
                    throw new GrpcException(code, "as asked");
                }
                await stream.WriteAsync(stream.Current);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _serving);
        }
    }
}
