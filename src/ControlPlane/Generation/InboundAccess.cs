using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>What is to be asked of the traffic of one workload: the policies that are for it, and the providers that they name.</summary>
internal sealed class InboundAccess
{
    private InboundAccess(
        ImmutableArray<AccessPolicy> policies,
        ImmutableArray<AccessProvider> providers,
        ImmutableArray<string> trustDomains
    )
    {
        Policies = policies;
        Providers = providers;
        TrustDomains = trustDomains;
    }

    public static InboundAccess None { get; } = new([], [], []);

    /// <summary>By namespace and name.</summary>
    public ImmutableArray<AccessPolicy> Policies { get; }

    /// <summary>The mesh's own, then its aliases, all of which principals may mean.</summary>
    public ImmutableArray<string> TrustDomains { get; }

    private ImmutableArray<AccessProvider> Providers { get; }

    /// <summary>All that generated things depend on.</summary>
    public IEnumerable<object?> Inputs => [.. TrustDomains, Policies.Length, .. Policies, .. Providers];

    /// <param name="labels">Null where nobody knows them.</param>
    public static InboundAccess Of(MeshSnapshot snapshot, string workloadNamespace, Labels? labels)
    {
        var policies = labels is null
            ? snapshot.Access.ForUnknown(workloadNamespace, snapshot.Settings)
            : snapshot.Access.For(workloadNamespace, labels, snapshot.Settings);
        return policies.IsEmpty
            ? None
            : new(
                policies,
                [.. snapshot.Access.Providers.Where(provider => policies.Any(policy => policy.Provider == provider.Name))],
                [.. snapshot.Settings.TrustDomains]
            );
    }

    /// <summary>Null where the mesh configuration has none of that name.</summary>
    public AccessProvider? Provider(string name) => Providers.FirstOrDefault(provider => provider.Name == name);
}
