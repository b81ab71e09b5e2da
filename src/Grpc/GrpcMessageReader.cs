using System.IO.Pipelines;
using Google.Protobuf;

namespace Mesh.Grpc;

/// <summary>Takes messages off a pipe, on both sides; every failure that the bytes can cause is a <see cref="GrpcException"/>.</summary>
internal sealed class GrpcMessageReader(PipeReader input, int maxSize)
{
    // A peer may announce 4 MiB and send nothing: memory is asked for in steps as the bytes come, never by the announced length.
    private const int Step = 64 * 1024;

    /// <summary>The next message, or null where the stream ends between two messages. A cancelled read loses no bytes.</summary>
    public async ValueTask<TMessage?> ReadAsync<TMessage>(MessageParser<TMessage> parser, CancellationToken cancellationToken)
        where TMessage : class, IMessage<TMessage>
    {
        var wanted = GrpcFrame.HeaderSize;
        while (true)
        {
            var result = await input.ReadAtLeastAsync(wanted, cancellationToken);
            var buffer = result.Buffer;
            var outcome = GrpcFrame.Read(buffer, maxSize, out var payload, out var length);
            if (outcome == GrpcFrameOutcome.Message)
            {
                try
                {
                    return parser.ParseFrom(payload);
                }
                catch (InvalidProtocolBufferException e)
                {
                    throw new GrpcException(GrpcStatusCode.Internal, $"a message is not a valid {typeof(TMessage).Name}", e);
                }
                finally
                {
                    input.AdvanceTo(payload.End);
                }
            }
            // Nothing is consumed, and everything is examined: the next read waits for more.
            input.AdvanceTo(buffer.Start, buffer.End);
            if (outcome != GrpcFrameOutcome.Incomplete)
            {
                throw Refusal(outcome, length);
            }
            if (result.IsCompleted)
            {
                return buffer.IsEmpty ? null : throw new GrpcException(GrpcStatusCode.Internal, "the stream ended inside a message");
            }
            wanted = (int)Math.Min(length, buffer.Length + Step);
        }
    }

    private GrpcException Refusal(GrpcFrameOutcome outcome, long length) =>
        outcome switch
        {
            GrpcFrameOutcome.TooLarge => new(
                GrpcStatusCode.ResourceExhausted,
                $"a message of {length} bytes is over the limit of {maxSize} bytes for received messages"
            ),
            // compression.md: a set Compressed-Flag without a message encoding is INTERNAL.
            GrpcFrameOutcome.Compressed => new(
                GrpcStatusCode.Internal,
                "a message is marked as compressed but no compression was agreed on"
            ),
            _ => new(GrpcStatusCode.Internal, "the first byte of a message is neither 0 nor 1, so this is not gRPC"),
        };
}
