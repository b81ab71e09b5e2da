using System.Threading.Tasks.Sources;

namespace Mesh.Proxy.Upstream.Pools;

/// <summary>One request that waits for a connection: a link of its pool's queue and the source of the task that its codec awaits.</summary>
internal sealed class PendingRequest(EndpointPool pool, ClusterLimits limits) : IValueTaskSource<Rented>
{
    // Whoever returns a connection must not run the next request on its own stack.
    private ManualResetValueTaskSourceCore<Rented> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;

    /// <summary>Of the configuration that the request reads.</summary>
    public ClusterLimits Limits => limits;

    public PendingRequest? Next { get; set; }

    public PendingRequest? Previous { get; set; }

    public bool IsQueued { get; set; }

    public ValueTask<Rented> Task => new(this, _core.Version);

    /// <summary>Called once, before anybody awaits <see cref="Task"/>.</summary>
    public void CancelWith(CancellationToken cancellation) =>
        _registration = cancellation.UnsafeRegister(static waiter => ((PendingRequest)waiter!).Cancel(), this);

    /// <summary>Called once, by whoever took it off the queue.</summary>
    public void Complete(in Rented result) => _core.SetResult(result);

    public Rented GetResult(short token)
    {
        // Does not wait for a cancellation that runs right now: it finds nothing to cancel.
        _registration.Unregister();
        return _core.GetResult(token);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel() => pool.Abandon(this);
}
