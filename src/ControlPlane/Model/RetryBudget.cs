namespace Mesh.ControlPlane.Model;

/// <summary>How much extra load retries may be to a cluster.</summary>
/// <param name="Percent">Of the requests; default 20.</param>
/// <param name="AtLeast">Retries allowed whatever the load; default 3.</param>
/// <param name="Interval">Requests and retries that started in so long are compared, with zero those in flight; default 10 s.</param>
internal sealed record RetryBudget(double Percent, int AtLeast, TimeSpan Interval)
{
    /// <summary>What a rule leaves out, and what sidecars hold to where no rule says anything.</summary>
    public static RetryBudget Default { get; } = new(20, 3, TimeSpan.FromSeconds(10));
}
