using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Routing.Mirrors;

/// <summary>One place that copies of a rule's requests go to. A cluster that does not exist (yet) is null, and gets none.</summary>
internal sealed record MirrorPolicy
{
    public required string ClusterName { get; init; }

    public required Cluster? Cluster { get; init; }

    /// <summary>The share of the requests that is copied.</summary>
    public Fraction Share { get; init; } = Fraction.All;

    /// <summary>Appends <c>-shadow</c> to the copy's authority, so that who gets it can tell; default true.</summary>
    public bool MarksAuthority { get; init; } = true;
}
