using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>What is to be asked of the traffic of one workload: the policies that are for it, and the providers that they name.</summary>
internal sealed class InboundAccess
{
    private InboundAccess(ImmutableArray<AccessPolicy> policies, ImmutableArray<AccessProvider> providers, string trustDomain)
    {
        Policies = policies;
        Providers = providers;
        TrustDomain = trustDomain;
    }

    public static InboundAccess None { get; } = new([], [], "");

    /// <summary>By namespace and name.</summary>
    public ImmutableArray<AccessPolicy> Policies { get; }

    /// <summary>The mesh's own, for principals that say <c>cluster.local</c>.</summary>
    public string TrustDomain { get; }

    private ImmutableArray<AccessProvider> Providers { get; }

    /// <summary>All that generated things depend on.</summary>
    public IEnumerable<object?> Inputs => [TrustDomain, Policies.Length, .. Policies, .. Providers];

    public static InboundAccess Of(MeshSnapshot snapshot, string workloadNamespace, Labels labels)
    {
        var policies = snapshot.Access.For(workloadNamespace, labels, snapshot.Settings);
        return policies.IsEmpty
            ? None
            : new(
                policies,
                [.. snapshot.Access.Providers.Where(provider => policies.Any(policy => policy.Provider == provider.Name))],
                snapshot.Settings.TrustDomain
            );
    }

    /// <summary>Null where the mesh configuration has none of that name.</summary>
    public AccessProvider? Provider(string name) => Providers.FirstOrDefault(provider => provider.Name == name);
}
