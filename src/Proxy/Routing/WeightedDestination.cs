using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Routing;

/// <summary>One share of a rule's traffic. A cluster that does not exist (yet) is null: the share fails with <see cref="Failure.NoCluster"/>.</summary>
internal sealed class WeightedDestination
{
    public required string ClusterName { get; init; }

    public required Cluster? Cluster { get; init; }

    public required uint Weight { get; init; }

    /// <summary>The authority sent upstream for this share where the rule has none of its own; null to keep the client's.</summary>
    public string? AuthorityRewrite { get; init; }

    public HeaderEdits RequestEdits { get; init; } = HeaderEdits.None;

    public HeaderEdits ResponseEdits { get; init; } = HeaderEdits.None;
}
