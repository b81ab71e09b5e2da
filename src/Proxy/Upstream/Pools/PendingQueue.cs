namespace Mesh.Proxy.Upstream.Pools;

/// <summary>Waiting requests, first come first served, from whose middle one can leave. Guarded by its pool's lock.</summary>
internal sealed class PendingQueue
{
    private PendingRequest? _first;
    private PendingRequest? _last;

    public int Count { get; private set; }

    public void Enqueue(PendingRequest request)
    {
        request.Previous = _last;
        if (_last is null)
        {
            _first = request;
        }
        else
        {
            _last.Next = request;
        }

        _last = request;
        request.IsQueued = true;
        Count++;
    }

    /// <summary>Null where nobody waits.</summary>
    public PendingRequest? Dequeue()
    {
        var first = _first;
        if (first is not null)
        {
            Remove(first);
        }

        return first;
    }

    /// <summary>False where it has left already.</summary>
    public bool Remove(PendingRequest request)
    {
        if (!request.IsQueued)
        {
            return false;
        }

        if (request.Previous is null)
        {
            _first = request.Next;
        }
        else
        {
            request.Previous.Next = request.Next;
        }

        if (request.Next is null)
        {
            _last = request.Previous;
        }
        else
        {
            request.Next.Previous = request.Previous;
        }

        request.Previous = request.Next = null;
        request.IsQueued = false;
        Count--;
        return true;
    }
}
