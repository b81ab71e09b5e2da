namespace Mesh.Proxy.Configuration;

/// <summary>The one reference of this process: readers take it once per request, the discovery loop replaces it whole.</summary>
internal sealed class ConfigStore
{
    private ProxyConfig? _current;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Null until the first complete configuration (or the cached last-good one) was compiled.</summary>
    public ProxyConfig? Current => Volatile.Read(ref _current);

    /// <summary>Completes at the next <see cref="Publish"/>; take it before reading <see cref="Current"/> so that no change is missed.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    public void Publish(ProxyConfig config)
    {
        Volatile.Write(ref _current, config);
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }
}
