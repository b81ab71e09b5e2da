namespace Mesh.Config.Specs;

/// <summary>Limit of retries relative to the load.</summary>
public sealed record RetryBudgetSpec
{
    /// <summary>Retries as a share of requests in per cent, 0 to 100; absent means 20.</summary>
    public double? Percent { get; init; }

    /// <summary>Retries always allowed; absent means 3.</summary>
    public int? MinRetryConcurrency { get; init; }

    /// <summary>Window in which requests and retries are counted; absent means the mesh default, zero counts what is in flight.</summary>
    public TimeSpan? BudgetInterval { get; init; }
}
