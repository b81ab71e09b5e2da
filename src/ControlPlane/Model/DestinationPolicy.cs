using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>One accepted DestinationRule (or several of one namespace merged): subsets and traffic policy of a host.</summary>
/// <param name="Host">Fully qualified or wildcard.</param>
/// <param name="WorkloadSelector">Which client workloads it applies to; empty for all.</param>
internal sealed record DestinationPolicy(
    string Namespace,
    string Name,
    string Host,
    TrafficPolicy Policy,
    ImmutableArray<Subset> Subsets,
    Visibility Visibility,
    Labels WorkloadSelector,
    DateTimeOffset? CreatedAt,
    SourceRef Source
)
{
    /// <summary>The subset of this name; null where the rule does not define it.</summary>
    public Subset? SubsetNamed(string name)
    {
        foreach (var subset in Subsets)
        {
            if (string.Equals(subset.Name, name, StringComparison.Ordinal))
            {
                return subset;
            }
        }

        return null;
    }

    /// <summary>
    /// What holds for one cluster: the subset's blocks win over the rule's; a port's policy replaces those of its level, and of the rule, whole.
    /// Only the retry budget, which ports have no field for, holds at all of them. The result has no ports of its own.
    /// </summary>
    /// <param name="subset">Empty for the whole service.</param>
    /// <param name="port">The service port.</param>
    public TrafficPolicy EffectiveFor(string subset, int port)
    {
        var general = AtPort(Policy, port) ?? Policy;
        if (subset.Length == 0 || SubsetNamed(subset) is not { } found)
        {
            return general with { Ports = [], RetryBudget = Policy.RetryBudget };
        }

        // Istio (mergeTrafficPolicy): what a subset's port leaves out is the default, not what the rule says.
        var ofPort = AtPort(found.Policy, port);
        var special = ofPort ?? found.Policy;
        var rest = ofPort is null ? general : TrafficPolicy.None;
        return new(
            special.LoadBalancing ?? rest.LoadBalancing,
            special.ConnectionPool ?? rest.ConnectionPool,
            special.OutlierDetection ?? rest.OutlierDetection,
            special.Tls ?? rest.Tls,
            []
        )
        {
            RetryBudget = found.Policy.RetryBudget ?? Policy.RetryBudget,
        };
    }

    private static TrafficPolicy? AtPort(TrafficPolicy policy, int port)
    {
        foreach (var special in policy.Ports)
        {
            if (special.Port == port)
            {
                return special.Policy;
            }
        }

        return null;
    }
}
