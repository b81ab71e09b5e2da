using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Grpc.Tests;

public sealed class CallTests : IAsyncLifetime
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
    public async Task A_unary_call_returns_its_response()
    {
        var answer = await _channel.UnaryAsync(EchoService.Unary, EchoService.Bytes("hello")).WithinBound();
        Assert.Equal("hello", EchoService.Text(answer));
    }

    [Fact]
    public async Task An_empty_message_is_a_message() =>
        Assert.Equal(new BytesValue(), await _channel.UnaryAsync(EchoService.Unary, new BytesValue()).WithinBound());

    [Fact]
    public async Task Many_calls_share_a_channel()
    {
        var calls = Enumerable.Range(0, 500).Select(i => _channel.UnaryAsync(EchoService.Unary, EchoService.Bytes($"{i}"))).ToList();
        var answers = await Task.WhenAll(calls).WithinBound();
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), answers.Select(EchoService.Text));
    }

    [Fact]
    public async Task A_server_stream_arrives_in_order_and_ends_with_OK()
    {
        await using var call = _channel.OpenDuplex(EchoService.ServerStream);
        await call.WriteAsync(EchoService.Bytes("1000"));
        await call.CompleteWritesAsync();
        for (var i = 0; i < 1000; i++)
        {
            Assert.True(await call.NextAsync());
            Assert.Equal($"{i}", EchoService.Text(call.Current));
        }
        Assert.Null(call.Status);
        Assert.False(await call.NextAsync());
        Assert.Equal(GrpcStatus.Ok, call.Status);
        Assert.False(await call.NextAsync());
        Assert.Throws<InvalidOperationException>(() => call.Current);
    }

    [Fact]
    public async Task A_server_stream_may_be_empty()
    {
        await using var call = _channel.OpenDuplex(EchoService.ServerStream);
        await call.WriteAsync(EchoService.Bytes("0"));
        await call.CompleteWritesAsync();
        Assert.False(await call.NextAsync());
        Assert.Equal(GrpcStatus.Ok, call.Status);
    }

    [Fact]
    public async Task A_client_stream_is_answered_once_after_its_end()
    {
        await using var call = _channel.OpenDuplex(EchoService.ClientStream);
        foreach (var part in (string[])["a", "b", "", "d"])
        {
            await call.WriteAsync(EchoService.Bytes(part));
        }
        await call.CompleteWritesAsync();
        Assert.True(await call.NextAsync());
        Assert.Equal("a,b,,d", EchoService.Text(call.Current));
        Assert.False(await call.NextAsync());
    }

    [Fact]
    public async Task A_bidirectional_stream_takes_turns()
    {
        await using var call = _channel.OpenDuplex(EchoService.Bidi);
        await call.GetResponseHeadersAsync();
        for (var i = 0; i < 100; i++)
        {
            await call.WriteAsync(EchoService.Bytes($"{i}"));
            Assert.True(await call.NextAsync());
            Assert.Equal($"{i}", EchoService.Text(call.Current));
        }
        await call.CompleteWritesAsync();
        Assert.False(await call.NextAsync());
    }

    [Fact]
    public async Task Writes_wait_for_a_reader_that_is_slow()
    {
        await using var call = _channel.OpenDuplex(EchoService.Bidi);
        var message = new BytesValue { Value = ByteString.CopyFrom(new byte[256 * 1024]) };
        const int Count = 64; // 16 MiB, far more than all windows together
        var writing = WriteAllAsync();
        for (var i = 0; i < Count; i++)
        {
            Assert.True(await call.NextAsync());
            Assert.Equal(message.Value.Length, call.Current.Value.Length);
        }
        await writing.WithinBound();
        Assert.False(await call.NextAsync());

        async Task WriteAllAsync()
        {
            for (var i = 0; i < Count; i++)
            {
                await call.WriteAsync(message);
            }
            await call.CompleteWritesAsync();
        }
    }

    [Fact]
    public async Task A_second_write_before_the_first_has_ended_is_refused()
    {
        await using var call = _channel.OpenDuplex(EchoService.Wait);
        var large = new BytesValue { Value = ByteString.CopyFrom(new byte[16 * 1024 * 1024]) };
        var first = call.WriteAsync(large).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.WriteAsync(EchoService.Bytes("second")).AsTask());
        await call.DisposeAsync();
        await first.FailsAsync(GrpcStatusCode.Cancelled);
    }

    [Fact]
    public async Task A_write_after_the_last_is_refused()
    {
        await using var call = _channel.OpenDuplex(EchoService.Bidi);
        await call.CompleteWritesAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.WriteAsync(EchoService.Bytes("late")).AsTask());
    }

    [Fact]
    public async Task A_response_serialised_before_is_the_same_to_the_client()
    {
        var shared = EchoService.Bytes(new string('s', 200_000)).ToByteArray();
        await using var server = await TestServer.StartAsync(app =>
            app.MapGrpcDuplex(
                EchoService.ServerStream,
                async stream =>
                {
                    await stream.WriteAsync(shared);
                    var head = new Piece(shared.AsMemory(0, 10));
                    var tail = head.Append(shared.AsMemory(10));
                    await stream.WriteAsync(new ReadOnlySequence<byte>(head, 0, tail, tail.Memory.Length));
                    await stream.WriteAsync(ReadOnlyMemory<byte>.Empty);
                }
            )
        );
        using var channel = server.Connect();
        await using var call = channel.OpenDuplex(EchoService.ServerStream);
        await call.CompleteWritesAsync();
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await call.NextAsync());
            Assert.Equal(shared, call.Current.ToByteArray());
        }
        Assert.True(await call.NextAsync());
        Assert.Empty(call.Current.Value);
        Assert.False(await call.NextAsync());
    }

    [Fact]
    public async Task Metadata_goes_both_ways_as_text_and_as_bytes()
    {
        byte[] bytes = [0, 1, 2, 253, 254, 255];
        var headers = new GrpcMetadata().Add("x-text", "a value; with, signs=").Add("x-data-bin", bytes).Add("x-empty-bin", []);
        await using var call = _channel.OpenDuplex(EchoService.Metadata, new GrpcCallOptions { Headers = headers });
        await call.WriteAsync(EchoService.Bytes("m"));
        await call.CompleteWritesAsync();
        var received = await call.GetResponseHeadersAsync();
        Assert.Equal("a value; with, signs=", received.GetText("x-text"));
        Assert.Equal(bytes, received.GetBytes("x-data-bin")!.Value.ToArray());
        Assert.Empty(received.GetBytes("x-empty-bin")!.Value.ToArray());
        Assert.True(await call.NextAsync());
        Assert.False(await call.NextAsync());
        Assert.Equal("a value; with, signs=", call.Trailers.GetText("tx-text"));
        Assert.Equal(bytes, call.Trailers.GetBytes("tx-data-bin")!.Value.ToArray());
        Assert.DoesNotContain(call.Trailers, e => e.Name.StartsWith("grpc-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Repeated_metadata_arrives_repeated_or_joined_and_binary_values_are_split_again()
    {
        var headers = new GrpcMetadata().Add("x-data-bin", [1]).Add("x-data-bin", [2, 3]);
        await using var call = _channel.OpenDuplex(EchoService.Metadata, new GrpcCallOptions { Headers = headers });
        await call.WriteAsync(EchoService.Bytes("m"));
        await call.CompleteWritesAsync();
        var received = await call.GetResponseHeadersAsync();
        Assert.Equal(
            [
                [1],
                [2, 3],
            ],
            received.GetAll("x-data-bin").Select(e => e.Bytes.ToArray())
        );
    }

    [Fact]
    public async Task Every_status_code_reaches_the_client_with_its_message_and_trailers()
    {
        foreach (var code in System.Enum.GetValues<GrpcStatusCode>().Where(c => c != GrpcStatusCode.Ok))
        {
            var call = _channel.UnaryAsync(EchoService.Fail, EchoService.Bytes($"{(int)code}|größer als 100%, 漢 🙂\r\n"));
            var e = await call.FailsAsync(code);
            Assert.Equal("größer als 100%, 漢 🙂\r\n", e.Status.Message);
            Assert.Equal("asked-to", e.Trailers.GetText("x-why"));
        }
    }

    [Fact]
    public async Task A_failure_after_messages_comes_after_the_messages()
    {
        await using var server = await TestServer.StartAsync(app =>
            app.MapGrpcDuplex(
                EchoService.ServerStream,
                async stream =>
                {
                    await stream.WriteAsync(EchoService.Bytes("before"));
                    throw new GrpcException(new GrpcStatus(GrpcStatusCode.DataLoss, "lost"), new GrpcMetadata().Add("x-offset", "7"));
                }
            )
        );
        using var channel = server.Connect();
        await using var call = channel.OpenDuplex(EchoService.ServerStream);
        Assert.True(await call.NextAsync());
        for (var again = 0; again < 2; again++)
        {
            var e = await call.NextAsync().FailsAsync(GrpcStatusCode.DataLoss);
            Assert.Equal("7", e.Trailers.GetText("x-offset"));
        }
        Assert.Equal(GrpcStatusCode.DataLoss, call.Status!.Value.Code);
    }

    [Fact]
    public async Task A_handler_that_throws_is_UNKNOWN_to_the_client_and_an_error_in_the_log()
    {
        await using var server = await TestServer.StartAsync(app =>
            app.MapGrpcUnary(EchoService.Unary, (_, _) => throw new FormatException("secret path /etc/keys"))
        );
        using var channel = server.Connect();
        var e = await channel.UnaryAsync(EchoService.Unary, EchoService.Bytes("x")).FailsAsync(GrpcStatusCode.Unknown);
        Assert.DoesNotContain("secret", e.Status.Message, StringComparison.Ordinal);
        Assert.Contains("secret path", server.TakeError(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_method_or_service_is_UNIMPLEMENTED()
    {
        await _channel.UnaryAsync(EchoService.Missing, EchoService.Bytes("x")).FailsAsync(GrpcStatusCode.Unimplemented);
        var parser = BytesValue.Parser;
        foreach (var path in (string[])["/no.such.Service/Unary", "/mesh.test.echo/unary", "/mesh.test.Echo/Unary/x"])
        {
            var method = new GrpcMethod<BytesValue, BytesValue>(path, parser, parser);
            await _channel.UnaryAsync(method, EchoService.Bytes("x")).FailsAsync(GrpcStatusCode.Unimplemented);
        }
    }

    [Fact]
    public async Task A_unary_method_that_gets_no_request_or_two_is_UNIMPLEMENTED()
    {
        await using var none = _channel.OpenDuplex(EchoService.Unary);
        await none.CompleteWritesAsync();
        await none.NextAsync().FailsAsync(GrpcStatusCode.Unimplemented);

        await using var two = _channel.OpenDuplex(EchoService.Unary);
        await two.WriteAsync(EchoService.Bytes("1"));
        await two.WriteAsync(EchoService.Bytes("2"));
        await two.CompleteWritesAsync();
        await two.NextAsync().FailsAsync(GrpcStatusCode.Unimplemented);
    }

    [Fact]
    public async Task A_unary_call_that_gets_no_response_or_two_is_UNIMPLEMENTED()
    {
        await _channel.UnaryAsync(EchoService.ServerStream, EchoService.Bytes("0")).FailsAsync(GrpcStatusCode.Unimplemented);
        await _channel.UnaryAsync(EchoService.ServerStream, EchoService.Bytes("2")).FailsAsync(GrpcStatusCode.Unimplemented);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_UNAVAILABLE()
    {
        var address = _server.Address;
        await _server.DisposeAsync();
        using var channel = new GrpcChannel(address);
        await channel.UnaryAsync(EchoService.Unary, EchoService.Bytes("x")).FailsAsync(GrpcStatusCode.Unavailable);
        await using var call = channel.OpenDuplex(EchoService.Bidi);
        await call.WriteAsync(EchoService.Bytes("x")).AsTask().FailsAsync(GrpcStatusCode.Unavailable);
        await call.NextAsync().FailsAsync(GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task The_handler_sees_peer_authority_and_headers()
    {
        GrpcServerContext? seen = null;
        await using var server = await TestServer.StartAsync(app =>
            app.MapGrpcUnary(
                EchoService.Unary,
                (request, context) =>
                {
                    seen = context;
                    return Task.FromResult(request);
                }
            )
        );
        using var channel = server.Connect(new GrpcChannelOptions { UserAgent = "tester/1" });
        await channel.UnaryAsync(EchoService.Unary, EchoService.Bytes("x")).WithinBound();
        Assert.StartsWith("127.0.0.1:", seen!.Peer, StringComparison.Ordinal);
        Assert.Equal(server.Address.Authority, seen.Authority);
        Assert.Equal("/mesh.test.Echo/Unary", seen.Method);
        Assert.Null(seen.Deadline);
        Assert.Null(seen.ClientCertificate);
        Assert.Equal(["user-agent: tester/1"], seen.RequestHeaders.Select(e => e.ToString()));
    }

    [Fact]
    public void An_address_must_be_a_scheme_a_host_and_a_port()
    {
        foreach (var address in (string[])["ftp://127.0.0.1", "http://127.0.0.1/path", "/relative"])
        {
            Assert.Throws<ArgumentException>(() => new GrpcChannel(new Uri(address, UriKind.RelativeOrAbsolute)));
        }
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
