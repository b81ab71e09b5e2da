namespace Mesh.Proxy.Upstream.Retries;

/// <summary>How much extra load retries may be to a cluster.</summary>
/// <param name="Percent">Of the requests, 0 to 100.</param>
/// <param name="AtLeast">Retries that are allowed whatever the load.</param>
/// <param name="Interval">
/// Requests and retries that started in so long are compared; zero compares those in flight (Envoy's budget), which does not bound fast failures.
/// </param>
/// <param name="Asked">The configuration says so, and its limit of active retries does not hold beside it (Envoy, retry_budget).</param>
internal sealed record RetryBudget(double Percent, uint AtLeast, TimeSpan Interval, bool Asked)
{
    /// <summary>In force where nobody says otherwise.</summary>
    public static RetryBudget Default { get; } = new(20, 3, TimeSpan.FromSeconds(10), Asked: false);
}
