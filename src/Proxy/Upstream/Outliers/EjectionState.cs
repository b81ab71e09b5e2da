namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>What outlier detection remembers about one endpoint.</summary>
internal sealed class EjectionState
{
    private volatile bool _ejected;

    /// <summary>Not to be picked, unless the cluster panics. One volatile read.</summary>
    public bool IsEjected => _ejected;

    /// <summary>Only outlier detection changes it, and calls <see cref="OutlierState.HealthChanged"/> afterwards.</summary>
    public void SetEjected(bool ejected) => _ejected = ejected;
}
