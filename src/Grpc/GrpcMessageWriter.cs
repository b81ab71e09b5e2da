using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;

namespace Mesh.Grpc;

/// <summary>Puts messages on a pipe, on both sides; serialises straight into the pipe's pooled buffers.</summary>
internal static class GrpcMessageWriter
{
    private const int Step = 64 * 1024;

    /// <summary>Appends one message; the caller flushes.</summary>
    public static void Write(PipeWriter output, IMessage message, int maxSize)
    {
        var size = message.CalculateSize();
        CheckSize(size, maxSize);
        GrpcFrame.WriteHeader(output, size);
        message.WriteTo(output);
    }

    /// <summary>
    /// Sends a message that is serialised already, waiting for the peer every 64 KiB: a slow peer holds a reference to
    /// the bytes it shares with others, never a copy of its own.
    /// </summary>
    public static async ValueTask WriteAsync(
        PipeWriter output,
        ReadOnlySequence<byte> serialized,
        int maxSize,
        CancellationToken cancellationToken
    )
    {
        CheckSize(serialized.Length, maxSize);
        GrpcFrame.WriteHeader(output, (int)serialized.Length);
        while (serialized.Length > Step)
        {
            Append(output, serialized.Slice(0, Step));
            serialized = serialized.Slice(Step);
            await FlushAsync(output, cancellationToken);
        }
        Append(output, serialized);
        await FlushAsync(output, cancellationToken);
    }

    /// <summary>Waits until the pipe takes more.</summary>
    public static async ValueTask FlushAsync(PipeWriter output, CancellationToken cancellationToken)
    {
        var result = await output.FlushAsync(cancellationToken);
        if (result.IsCompleted)
        {
            throw new IOException("The other side has closed the stream.");
        }
    }

    private static void Append(PipeWriter output, ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            output.Write(segment.Span);
        }
    }

    private static void CheckSize(long size, int maxSize)
    {
        if (size > maxSize)
        {
            throw new GrpcException(
                GrpcStatusCode.ResourceExhausted,
                $"a message of {size} bytes is over the limit of {maxSize} bytes for sent messages"
            );
        }
    }
}
