namespace Mesh.Kubernetes.Leases;

/// <summary>How leadership is timed; client-go's values.</summary>
/// <param name="Duration">Others take over so long after the last renewal they saw. Default 15 s.</param>
/// <param name="RenewDeadline">A leader that could not renew for so long stops; less than <paramref name="Duration"/>. Default 10 s.</param>
/// <param name="RetryPeriod">Between looks at the lease. Default 2 s.</param>
public sealed record LeaseTimes(TimeSpan Duration, TimeSpan RenewDeadline, TimeSpan RetryPeriod)
{
    /// <summary>15 s, 10 s, 2 s.</summary>
    public static LeaseTimes Default { get; } = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));
}
