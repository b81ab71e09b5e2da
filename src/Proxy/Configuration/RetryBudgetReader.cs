using Mesh.Proxy.Upstream.Retries;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: how much extra load retries may be to a cluster. Where it does not say, <see cref="RetryBudget.Default"/> holds.</summary>
internal static class RetryBudgetReader
{
    private const double DefaultPercent = 20;
    private const uint DefaultAtLeast = 3;

    public static RetryBudget Read(Pb.Cluster cluster, ProblemList problems)
    {
        // The first of a priority counts (circuit_breaker.proto), and this proxy knows one priority of requests.
        var thresholds = cluster.CircuitBreakers?.Thresholds.FirstOrDefault(t => t.Priority == Pb.RoutingPriority.Default);
        if (thresholds?.RetryBudget is not { } budget)
        {
            return RetryBudget.Default;
        }

        using var inBudget = problems.In("circuit_breakers.thresholds.retry_budget");
        var percent = budget.BudgetPercent?.Value ?? DefaultPercent;
        if (percent is not (>= 0 and <= 100))
        {
            problems.Add("budget_percent", $"{percent} is not between 0 and 100");
        }

        return new RetryBudget(
            percent,
            budget.MinRetryConcurrency ?? DefaultAtLeast,
            PbReading.Duration(budget.BudgetInterval, TimeSpan.Zero, "budget_interval", problems),
            Asked: true
        );
    }
}
