namespace Mesh.Proxy.Security;

/// <summary>
/// Holder of the one reference to who this proxy is now; replaced whole by each renewal and each change of the trusted roots. Connections that
/// are open keep what they began with.
/// </summary>
internal sealed class IdentityStore
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WorkloadCertificate? _current;

    /// <summary>After <see cref="Current"/> was replaced, on the thread that did it; handlers must be quick.</summary>
    public event Action? Changed;

    /// <summary>Null before the first certificate, and for ever where the proxy was started without <c>--secure-ads</c>.</summary>
    public WorkloadCertificate? Current => Volatile.Read(ref _current);

    /// <summary>Completes with the first certificate.</summary>
    public Task Available => _first.Task;

    /// <summary>One publisher at a time. What it replaces is left to the collector: handshakes may be using it.</summary>
    public void Publish(WorkloadCertificate certificate)
    {
        Volatile.Write(ref _current, certificate);
        _first.TrySetResult();
        Changed?.Invoke();
    }
}
