namespace Mesh.ControlPlane.Delivery;

/// <summary>Holder of the one published <see cref="IResourceView"/>; wakes all streams when it is replaced.</summary>
internal sealed class ResourceStore : IResourceSource
{
    // View and signal change together, so a waiter can never see the new view and wait for the old signal.
    private sealed record Published(IResourceView? View, TaskCompletionSource Replaced);

    private volatile Published published = new(null, NewSignal());

    public IResourceView? Current => published.View;

    /// <summary>Replaces the state. One publisher at a time; streams that are busy skip states and take the latest.</summary>
    public void Publish(IResourceView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        var before = published;
        published = new Published(view, NewSignal());
        before.Replaced.TrySetResult();
    }

    public Task WaitForChangeAsync(IResourceView? seen, CancellationToken cancellationToken)
    {
        var now = published;
        return ReferenceEquals(now.View, seen) ? now.Replaced.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
    }

    // Asynchronous continuations: thousands of streams must not run on the publisher's thread.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
