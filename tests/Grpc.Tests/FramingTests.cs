using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Grpc.Tests;

public sealed class FramingTests
{
    [Fact]
    public async Task Every_split_of_the_bytes_into_two_reads_gives_the_same_messages()
    {
        var bytes = Frames("", "a", "second", new string('x', 300));
        for (var split = 0; split <= bytes.Length; split++)
        {
            Assert.Equal(["", "a", "second", new string('x', 300)], await ReadAllAsync([bytes[..split], bytes[split..]]));
        }
    }

    [Fact]
    public async Task Single_bytes_give_the_same_messages()
    {
        var bytes = Frames("one", "", "three");
        Assert.Equal(["one", "", "three"], await ReadAllAsync(bytes.Select(b => new[] { b }).ToArray()));
    }

    [Fact]
    public async Task Random_splits_of_large_messages_give_the_same_messages()
    {
        var random = new Random(7);
        string[] messages = [new('a', 200_000), "", new('b', 65_536), new('c', 65_531), "end"];
        var bytes = Frames(messages);
        for (var round = 0; round < 20; round++)
        {
            var parts = new List<byte[]>();
            for (var at = 0; at < bytes.Length; )
            {
                var take = Math.Min(bytes.Length - at, random.Next(1, 70_000));
                parts.Add(bytes[at..(at + take)]);
                at += take;
            }
            Assert.Equal(messages, await ReadAllAsync(parts));
        }
    }

    [Fact]
    public async Task A_stream_that_ends_inside_a_message_is_INTERNAL()
    {
        var bytes = Frames("whole");
        for (var length = 1; length < bytes.Length; length++)
        {
            await ReadAllAsync([bytes[..length]]).FailsAsync(GrpcStatusCode.Internal);
        }
    }

    [Fact]
    public void A_message_over_the_limit_is_refused_by_its_five_header_bytes()
    {
        var outcome = GrpcFrame.Read(new ReadOnlySequence<byte>([0, 0, 0, 4, 1]), 1024, out _, out var length);
        Assert.Equal((GrpcFrameOutcome.TooLarge, 1025L), (outcome, length));
        Assert.Equal(GrpcFrameOutcome.Incomplete, GrpcFrame.Read(new ReadOnlySequence<byte>([0, 0, 0, 4, 0]), 1024, out _, out _));
        Assert.Equal(
            GrpcFrameOutcome.TooLarge,
            GrpcFrame.Read(new ReadOnlySequence<byte>([0, 255, 255, 255, 255]), int.MaxValue, out _, out _)
        );
    }

    [Theory]
    [InlineData(1, GrpcFrameOutcome.Compressed)]
    [InlineData(2, GrpcFrameOutcome.BadFlag)]
    [InlineData(255, GrpcFrameOutcome.BadFlag)]
    public void A_flag_other_than_0_is_refused_by_its_first_byte(byte flag, object outcome) =>
        Assert.Equal((GrpcFrameOutcome)outcome, GrpcFrame.Read(new ReadOnlySequence<byte>([flag]), 1024, out _, out _));

    [Fact]
    public async Task Random_bytes_give_messages_or_a_documented_status_and_nothing_else()
    {
        var random = new Random(11);
        GrpcStatusCode[] documented = [GrpcStatusCode.Internal, GrpcStatusCode.ResourceExhausted];
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = new byte[random.Next(0, 64)];
            random.NextBytes(bytes);
            // Mostly small, plausible headers: pure noise would stop at its first byte.
            for (var i = 0; i < Math.Min(4, bytes.Length); i++)
            {
                bytes[i] = 0;
            }
            try
            {
                await ReadAllAsync([bytes], maxSize: 128);
            }
            catch (GrpcException e)
            {
                Assert.Contains(e.Status.Code, documented);
            }
        }
    }

    [Fact]
    public async Task What_is_written_is_read_again_whether_serialised_before_or_not()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var message = new BytesValue { Value = ByteString.CopyFrom(new byte[150_000]) };
        GrpcMessageWriter.Write(pipe.Writer, message, int.MaxValue);
        await GrpcMessageWriter.WriteAsync(pipe.Writer, new ReadOnlySequence<byte>(message.ToByteArray()), int.MaxValue, default);
        await pipe.Writer.CompleteAsync();
        var reader = new GrpcMessageReader(pipe.Reader, int.MaxValue);
        Assert.Equal(message, await reader.ReadAsync(BytesValue.Parser, default));
        Assert.Equal(message, await reader.ReadAsync(BytesValue.Parser, default));
        Assert.Null(await reader.ReadAsync(BytesValue.Parser, default));
    }

    [Fact]
    public void A_message_over_the_send_limit_is_refused_before_a_byte_is_written()
    {
        var pipe = new Pipe();
        var e = Assert.Throws<GrpcException>(() => GrpcMessageWriter.Write(pipe.Writer, new StringValue { Value = "four" }, 5));
        Assert.Equal(GrpcStatusCode.ResourceExhausted, e.Status.Code);
        Assert.Equal(0, pipe.Writer.UnflushedBytes);
    }

    private static byte[] Frames(params string[] messages)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var message in messages)
        {
            var bytes = new StringValue { Value = message }.ToByteArray();
            GrpcFrame.WriteHeader(output, bytes.Length);
            output.Write(bytes);
        }
        return output.WrittenSpan.ToArray();
    }

    private static async Task<List<string>> ReadAllAsync(IEnumerable<byte[]> parts, int maxSize = 1_000_000)
    {
        var pipe = new Pipe(
            new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0)
        );
        var reading = ReadAsync(new GrpcMessageReader(pipe.Reader, maxSize));
        foreach (var part in parts)
        {
            await pipe.Writer.WriteAsync(part);
        }
        await pipe.Writer.CompleteAsync();
        return await reading;
    }

    private static async Task<List<string>> ReadAsync(GrpcMessageReader reader)
    {
        var messages = new List<string>();
        while (await reader.ReadAsync(StringValue.Parser, default) is { } message)
        {
            messages.Add(message.Value);
        }
        return messages;
    }
}
