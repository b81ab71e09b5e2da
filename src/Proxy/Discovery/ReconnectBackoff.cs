namespace Mesh.Proxy.Discovery;

/// <summary>
/// Waits between attempts to reach the control plane: exponential from 0.2 s to 10 s, of which a random half, so that a thousand
/// proxies do not come back in one instant after a restart.
/// </summary>
internal sealed class ReconnectBackoff(Random random)
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private TimeSpan _next = First;

    public TimeSpan Next()
    {
        var wait = _next * (0.5 + (random.NextDouble() / 2));
        _next = _next * 2 < Longest ? _next * 2 : Longest;
        return wait;
    }

    /// <summary>After a stream that answered.</summary>
    public void Reset() => _next = First;
}
