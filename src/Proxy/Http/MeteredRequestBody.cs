using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Http;

/// <summary>
/// Reads the client's body, counting its bytes and noticing its end, from which a route's timeout counts. Reads it again for another
/// attempt, as far as it was kept.
/// </summary>
internal sealed class MeteredRequestBody(RequestContext owner, int keptBytes) : AsyncStream
{
    private readonly ReplayBuffer _kept = new(keptBytes);
    private Stream _inner = Null;
    private int _replayed;
    private bool _replays;
    private bool _ended;
    private ReplayClaim _claim;

    public long Bytes { get; private set; }

    /// <summary>Another attempt would read the same.</summary>
    public bool IsReplayable => _kept.IsWhole;

    /// <summary>The answer is about to decide on another attempt: what is read meanwhile is kept. False where another would not read the same.</summary>
    public bool TryKeep() => _claim.TryKeep() && _kept.IsWhole;

    /// <summary>The answer is delivered.</summary>
    public void Release() => _claim.Release();

    public override bool CanRead => true;

    public void Begin(Stream inner)
    {
        _inner = inner;
        Bytes = 0;
    }

    /// <summary>An attempt is about to read the body from its start.</summary>
    /// <param name="mayRetry">There may be another one: what is read is kept.</param>
    public void BeginAttempt(bool mayRetry)
    {
        (_replayed, _replays) = (0, mayRetry);
        _claim.Reset();
    }

    public void End()
    {
        _inner = Null;
        _kept.Clear();
        (_replayed, _replays, _ended) = (0, false, false);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        owner.Connected();
        var left = _kept.Kept[_replayed..];
        if (!left.IsEmpty)
        {
            var again = Math.Min(left.Length, buffer.Length);
            left[..again].CopyTo(buffer);
            _replayed += again;
            return ValueTask.FromResult(again);
        }

        if (_ended)
        {
            return ValueTask.FromResult(0);
        }

        var reading = _inner.ReadAsync(buffer, cancellationToken);
        return reading.IsCompletedSuccessfully ? ValueTask.FromResult(Took(reading.Result, buffer)) : AwaitAsync(reading, buffer);
    }

    // Bodies come in many reads; a pooled state machine makes a pending one free.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitAsync(ValueTask<int> reading, Memory<byte> buffer) => Took(await reading, buffer);

    private int Took(int read, Memory<byte> buffer)
    {
        Bytes += read;
        if (read > 0)
        {
            owner.Watch.Moved();
            owner.Session.Copies?.Write(buffer.Span[..read]);
        }

        // A read of no bytes into an empty buffer only waits for data.
        if (read == 0 && buffer.Length > 0)
        {
            _ended = true;
            owner.RequestBodyEnded();
        }
        else if (_replays)
        {
            if (_kept.HasRoomFor(read) || _claim.TryDrop())
            {
                _kept.Keep(buffer.Span[..read]);
            }
            else
            {
                _kept.KeepAll(buffer.Span[..read]);
            }

            _replayed = _kept.Kept.Length;
        }
        else if (read > 0)
        {
            _kept.Lose();
            _replayed = 0;
        }

        return read;
    }
}
