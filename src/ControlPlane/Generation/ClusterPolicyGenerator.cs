using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The parts of a cluster that a DestinationRule shapes: its limits.</summary>
internal static class ClusterPolicyGenerator
{
    /// <summary>Envoy would limit everything to 1024; this mesh, like Istio, limits nothing unless asked.</summary>
    public static Pb.CircuitBreakers CircuitBreakers(ConnectionPool? pool) =>
        new()
        {
            Thresholds =
            {
                new Pb.CircuitBreakers.Types.Thresholds
                {
                    MaxConnections = Limit(pool?.MaxConnections),
                    MaxPendingRequests = Limit(pool?.Http1MaxPendingRequests),
                    MaxRequests = Limit(pool?.Http2MaxRequests),
                    MaxRetries = Limit(pool?.MaxRetries),
                    TrackRemaining = true,
                },
            },
        };

    /// <summary>Null where the sidecars' own default holds. On the wire, no interval means retries in flight.</summary>
    public static Pb.CircuitBreakers.Types.Thresholds.Types.RetryBudget? RetryBudget(RetryBudget? budget) =>
        budget is null
            ? null
            : new()
            {
                BudgetPercent = new() { Value = budget.Percent },
                MinRetryConcurrency = (uint)Math.Max(budget.AtLeast, 0),
                BudgetInterval = budget.Interval > TimeSpan.Zero ? XdsMessages.Duration(budget.Interval) : null,
            };

    /// <summary>Null where the operating system's keep-alive holds.</summary>
    public static Pb.UpstreamConnectionOptions? Connections(ConnectionPool? pool)
    {
        if (pool?.TcpKeepalive is not { } keepalive)
        {
            return null;
        }

        // An empty message asks for keep-alive with the system's own values, as it does in Envoy.
        var sent = new Pb.TcpKeepalive();
        if (keepalive.Probes is { } probes)
        {
            sent.KeepaliveProbes = (uint)probes;
        }

        if (keepalive.Time is { } time)
        {
            sent.KeepaliveTime = Seconds(time);
        }

        if (keepalive.Interval is { } interval)
        {
            sent.KeepaliveInterval = Seconds(interval);
        }

        return new() { TcpKeepalive = sent };
    }

    /// <summary>Values of zero and less cannot be expressed as limits and are ignored, as in Istio.</summary>
    public static uint Limit(int? value) => value is > 0 ? (uint)value : uint.MaxValue;

    // TCP knows whole seconds, of which there must be one.
    private static uint Seconds(TimeSpan time) => (uint)Math.Clamp(Math.Ceiling(time.TotalSeconds), 1, int.MaxValue);
}
