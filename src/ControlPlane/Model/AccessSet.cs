using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>All rules about who may do what.</summary>
/// <param name="Policies">By namespace and name.</param>
/// <param name="Providers">By name.</param>
internal sealed record AccessSet(ImmutableArray<AccessPolicy> Policies, ImmutableArray<AccessProvider> Providers)
{
    public static AccessSet Empty { get; } = new([], []);

    /// <summary>The policies for one workload: its namespace's and the root namespace's that select it.</summary>
    /// <param name="labels">Of the workload.</param>
    public ImmutableArray<AccessPolicy> For(string workloadNamespace, Labels labels, MeshSettings settings) =>
        Policies.IsEmpty
            ? []
            :
            [
                .. Policies.Where(policy =>
                    (
                        string.Equals(policy.Namespace, workloadNamespace, StringComparison.Ordinal)
                        || string.Equals(policy.Namespace, settings.RootNamespace, StringComparison.Ordinal)
                    ) && policy.Selectors.Any(labels.Satisfies)
                ),
            ];

    public AccessProvider? Provider(string name) =>
        Providers.FirstOrDefault(provider => string.Equals(provider.Name, name, StringComparison.Ordinal));
}
