using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Grpc.Tests;

/// <summary>What our client tries against every server of peers/README.md.</summary>
internal static class PeerScenarios
{
    public static readonly IReadOnlyDictionary<string, Func<GrpcChannel, Task>> OfOurClient = new Dictionary<
        string,
        Func<GrpcChannel, Task>
    >
    {
        ["unary"] = async channel => Assert.Equal("hello", EchoService.Text(await UnaryAsync(channel, EchoService.Bytes("hello")))),
        ["empty message"] = async channel => Assert.Equal(new BytesValue(), await UnaryAsync(channel, new BytesValue())),
        ["many unary calls"] = ManyAsync,
        ["server stream"] = async channel =>
            Assert.Equal(Numbers(500), await CollectAsync(channel, EchoService.ServerStream, EchoService.Bytes("500"))),
        ["empty server stream"] = async channel =>
            Assert.Empty(await CollectAsync(channel, EchoService.ServerStream, EchoService.Bytes("0"))),
        ["client stream"] = async channel =>
            Assert.Equal(
                ["a,b,,d"],
                await CollectAsync(channel, EchoService.ClientStream, [.. "a,b,,d".Split(',').Select(EchoService.Bytes)])
            ),
        ["bidirectional stream"] = TakeTurnsAsync,
        ["flow control"] = FlowAsync,
        ["metadata"] = MetadataAsync,
        ["every status code"] = StatusCodesAsync,
        ["unicode status message"] = UnicodeAsync,
        ["deadline"] = DeadlineAsync,
        ["cancellation"] = CancellationAsync,
        ["large message"] = LargeAsync,
        ["message over the limit"] = channel =>
            UnaryAsync(channel, Random(EchoService.MaxMessage + 1)).FailsAsync(GrpcStatusCode.ResourceExhausted),
        ["unknown method"] = channel => channel.UnaryAsync(EchoService.Missing, new BytesValue()).FailsAsync(GrpcStatusCode.Unimplemented),
    };

    public static TheoryData<string> NamesOfOurClient => [.. OfOurClient.Keys];

    private static Task<BytesValue> UnaryAsync(GrpcChannel channel, BytesValue request) =>
        channel.UnaryAsync(EchoService.Unary, request).WithinBound();

    private static async Task ManyAsync(GrpcChannel channel)
    {
        var answers = await Task.WhenAll(Numbers(200).Select(n => UnaryAsync(channel, EchoService.Bytes(n))));
        Assert.Equal(Numbers(200), answers.Select(EchoService.Text));
    }

    private static async Task TakeTurnsAsync(GrpcChannel channel)
    {
        await using var call = channel.OpenDuplex(EchoService.Bidi);
        foreach (var number in Numbers(50))
        {
            await call.WriteAsync(EchoService.Bytes(number));
            Assert.True(await call.NextAsync());
            Assert.Equal(number, EchoService.Text(call.Current));
        }
        await call.CompleteWritesAsync();
        Assert.False(await call.NextAsync());
    }

    private static async Task FlowAsync(GrpcChannel channel)
    {
        await using var call = channel.OpenDuplex(EchoService.Bidi);
        var chunk = Random(64 * 1024);
        var writing = WriteAsync();
        for (var i = 0; i < 200; i++)
        {
            Assert.True(await call.NextAsync());
            Assert.Equal(chunk, call.Current);
        }
        await writing.WithinBound();
        Assert.False(await call.NextAsync());

        async Task WriteAsync()
        {
            for (var i = 0; i < 200; i++)
            {
                await call.WriteAsync(chunk);
            }
            await call.CompleteWritesAsync();
        }
    }

    private static async Task MetadataAsync(GrpcChannel channel)
    {
        var raw = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var headers = new GrpcMetadata().Add("x-text", "a value; with, signs=").Add("x-data-bin", raw);
        await using var call = channel.OpenDuplex(EchoService.Metadata, new GrpcCallOptions { Headers = headers });
        await call.WriteAsync(EchoService.Bytes("m"));
        await call.CompleteWritesAsync();
        var received = await call.GetResponseHeadersAsync();
        Assert.Equal("a value; with, signs=", received.GetText("x-text"));
        Assert.Equal(raw, received.GetBytes("x-data-bin")!.Value.ToArray());
        Assert.True(await call.NextAsync());
        Assert.False(await call.NextAsync());
        Assert.Equal("a value; with, signs=", call.Trailers.GetText("tx-text"));
        Assert.Equal(raw, call.Trailers.GetBytes("tx-data-bin")!.Value.ToArray());
    }

    private static async Task StatusCodesAsync(GrpcChannel channel)
    {
        foreach (var code in System.Enum.GetValues<GrpcStatusCode>().Where(c => c != GrpcStatusCode.Ok))
        {
            var e = await channel.UnaryAsync(EchoService.Fail, EchoService.Bytes($"{(int)code}|because")).FailsAsync(code);
            Assert.Equal("because", e.Status.Message);
            Assert.Equal("asked-to", e.Trailers.GetText("x-why"));
        }
    }

    private static async Task UnicodeAsync(GrpcChannel channel)
    {
        const string Message = "größer als 100%, 漢 🙂\r\n";
        var e = await channel.UnaryAsync(EchoService.Fail, EchoService.Bytes($"10|{Message}")).FailsAsync(GrpcStatusCode.Aborted);
        Assert.Equal(Message, e.Status.Message);
    }

    private static async Task DeadlineAsync(GrpcChannel channel)
    {
        var deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(1);
        await using var call = await StartWaitingAsync(channel, new GrpcCallOptions { Deadline = deadline });
        await call.NextAsync().FailsAsync(GrpcStatusCode.DeadlineExceeded);
        await AssertOneWasCancelledAsync(channel);
    }

    private static async Task CancellationAsync(GrpcChannel channel)
    {
        using var cancel = new CancellationTokenSource();
        await using var call = await StartWaitingAsync(channel, new GrpcCallOptions { CancellationToken = cancel.Token });
        await cancel.CancelAsync();
        await call.NextAsync().FailsAsync(GrpcStatusCode.Cancelled);
        await AssertOneWasCancelledAsync(channel);
        await (await StartWaitingAsync(channel, new GrpcCallOptions())).DisposeAsync();
        await AssertOneWasCancelledAsync(channel);
    }

    private static async Task LargeAsync(GrpcChannel channel)
    {
        var message = Random(16 * 1024 * 1024);
        Assert.Equal(message, await UnaryAsync(channel, message));
    }

    private static async Task<GrpcDuplexCall<BytesValue, BytesValue>> StartWaitingAsync(GrpcChannel channel, GrpcCallOptions options)
    {
        var call = channel.OpenDuplex(EchoService.Wait, options);
        await call.WriteAsync(EchoService.Bytes("x"));
        Assert.True(await call.NextAsync());
        Assert.Equal("waiting", EchoService.Text(call.Current));
        return call;
    }

    private static async Task AssertOneWasCancelledAsync(GrpcChannel channel) =>
        Assert.Equal("cancelled", EchoService.Text(await channel.UnaryAsync(EchoService.Waits, new BytesValue()).WithinBound()));

    private static async Task<List<string>> CollectAsync(
        GrpcChannel channel,
        GrpcMethod<BytesValue, BytesValue> method,
        params BytesValue[] requests
    )
    {
        await using var call = channel.OpenDuplex(method);
        foreach (var request in requests)
        {
            await call.WriteAsync(request);
        }
        await call.CompleteWritesAsync();
        var answers = new List<string>();
        while (await call.NextAsync())
        {
            answers.Add(EchoService.Text(call.Current));
        }
        return answers;
    }

    private static List<string> Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    private static BytesValue Random(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return new BytesValue { Value = ByteString.CopyFrom(bytes) };
    }
}
