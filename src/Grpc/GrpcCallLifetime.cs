namespace Mesh.Grpc;

/// <summary>The one token of a call and the first reason that ended it: deadline, cancellation, shutdown or disposal.</summary>
internal sealed class GrpcCallLifetime : IDisposable
{
    // Not disposed: a timer or registration may still be on its way in, and without a wait handle there is nothing to free.
    private readonly CancellationTokenSource _source = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<CancellationTokenRegistration> _registrations = [];
    private StrongStatus? _reason;
    private ITimer? _timer;

    /// <summary>Cancelled when the call has to end.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Why the call had to end; null while it may go on.</summary>
    public GrpcStatus? Reason => Volatile.Read(ref _reason)?.Status;

    /// <summary>Completes when there is a reason.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Ends the call; only the first reason counts.</summary>
    public void End(GrpcStatus reason)
    {
        if (Interlocked.CompareExchange(ref _reason, new StrongStatus(reason), null) is null)
        {
            // Callbacks run on the pool: an exception of theirs must not surface in a timer or in the caller's Cancel.
            _ = _source.CancelAsync();
            _ended.TrySetResult();
        }
    }

    public void EndOn(GrpcStatus reason, CancellationToken token)
    {
        if (token.CanBeCanceled)
        {
            _registrations.Add(token.UnsafeRegister(_ => End(reason), null));
        }
    }

    public void EndAfter(TimeProvider time, TimeSpan timeout, GrpcStatus reason)
    {
        if (timeout <= TimeSpan.Zero)
        {
            End(reason);
        }
        // Timers take at most 49 days; no call lives that long.
        else if (timeout.TotalMilliseconds < uint.MaxValue - 1)
        {
            _timer = time.CreateTimer(_ => End(reason), null, timeout, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private sealed record StrongStatus(GrpcStatus Status);
}
