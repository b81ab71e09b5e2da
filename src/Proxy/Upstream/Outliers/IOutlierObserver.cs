namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>Gives outlier detection the time and hears what it decided.</summary>
internal interface IOutlierObserver
{
    /// <summary>Since a fixed moment in the past.</summary>
    TimeSpan Now { get; }

    /// <summary>Called outside all locks.</summary>
    void Decided(OutlierState state, OutlierScope scope, IReadOnlyList<OutlierDecision> decisions);
}
