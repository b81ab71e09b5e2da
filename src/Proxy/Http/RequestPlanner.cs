using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Http;

/// <summary>The pure half of a request: from its head and the table of its listener to what is to be done. Codecs carry it out.</summary>
internal static class RequestPlanner
{
    /// <summary>
    /// <see cref="Failure.None"/> with a plan to carry out; otherwise what to answer, and the plan as far as it got, for the log.
    /// </summary>
    public static Failure Decide(RequestHead head, RouteTable? table, out RoutePlan plan)
    {
        plan = default;
        // Nobody legitimate sends a fragment, and matching without it what is forwarded with it is a way around rules (CVE-2021-39156).
        if (head.HasFragment)
        {
            return Failure.ClientProtocolError;
        }

        if (table is null)
        {
            return Failure.NoRoute;
        }

        plan = table.Plan(head);
        if (plan.Rule is null)
        {
            return Failure.NoRoute;
        }

        if (plan.Rule.Action is not RuleAction.Forward)
        {
            return Failure.None;
        }

        return plan.Destination?.Cluster switch
        {
            null => Failure.NoCluster,
            { Kind: ClusterKind.BlackHole } => Failure.BlackHole,
            _ => Failure.None,
        };
    }
}
