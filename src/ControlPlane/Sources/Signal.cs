namespace Mesh.ControlPlane.Sources;

/// <summary>A bell that many ring and one waits for; ringing twice before it is heard counts once.</summary>
internal sealed class Signal
{
    private volatile TaskCompletionSource bell = New();

    public void Ring() => bell.TrySetResult();

    public Task WaitAsync(CancellationToken cancellationToken) => bell.Task.WaitAsync(cancellationToken);

    /// <summary>Called by the waiter before it looks at the state: what is rung later is heard again.</summary>
    public void Reset()
    {
        if (bell.Task.IsCompleted)
        {
            bell = New();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
