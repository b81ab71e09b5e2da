using System.Collections.Concurrent;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>A bounded pool of buffers; what does not fit is left to the collector.</summary>
internal sealed class MessageBufferPool(Http1Limits limits)
{
    // Some 25 KiB each.
    private const int Most = 256;
    private const int LargestKept = 64 * 1024;

    private readonly ConcurrentQueue<MessageBuffers> _kept = new();
    private int _count;

    public MessageBuffers Rent()
    {
        if (_kept.TryDequeue(out var buffers))
        {
            Interlocked.Decrement(ref _count);
            return buffers;
        }

        return new MessageBuffers(limits);
    }

    /// <summary>Nobody may use them afterwards.</summary>
    public void Return(MessageBuffers buffers)
    {
        if (buffers.Head.Capacity > LargestKept)
        {
            return;
        }

        if (Interlocked.Increment(ref _count) > Most)
        {
            Interlocked.Decrement(ref _count);
            return;
        }

        buffers.Reset();
        _kept.Enqueue(buffers);
    }
}
