namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>Requests to one endpoint in one interval, and how many of them succeeded.</summary>
internal readonly record struct IntervalCount(uint All, uint Successes)
{
    /// <summary>In per cent; requests must not be 0.</summary>
    public double SuccessRate => Successes * 100.0 / All;

    public static IntervalCount Of(long packed) => new((uint)(packed >> 32), (uint)packed);
}
