namespace Mesh.Proxy.Http;

/// <summary>
/// Settles between the two directions of one attempt whether the body that was sent is still there for another attempt: the upload, which would
/// forget it, and the answer, which may want it, run beside each other.
/// </summary>
internal struct ReplayClaim
{
    private const int Open = 0;
    private const int Kept = 1;
    private const int Dropped = 2;

    private int _state;

    /// <summary>The upload wants to forget. False where the answer may just decide that the body is sent again.</summary>
    public bool TryDrop() => Interlocked.CompareExchange(ref _state, Dropped, Open) != Kept;

    /// <summary>The answer is about to decide on another attempt. False where the upload has forgotten.</summary>
    public bool TryKeep() => Interlocked.CompareExchange(ref _state, Kept, Open) != Dropped;

    /// <summary>The answer is delivered: the upload may forget.</summary>
    public void Release() => Interlocked.CompareExchange(ref _state, Open, Kept);

    /// <summary>An attempt begins and neither direction runs.</summary>
    public void Reset() => _state = Open;
}
