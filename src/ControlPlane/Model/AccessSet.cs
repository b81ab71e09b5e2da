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
        Policies.IsEmpty ? [] : [.. Near(workloadNamespace, settings).Where(policy => policy.Selectors.Any(labels.Satisfies))];

    /// <summary>
    /// The same for a workload that no object describes yet, such as a pod that is newer than what is known of the cluster: a policy that may be for it
    /// refuses everything, for nobody knows that it is not.
    /// </summary>
    public ImmutableArray<AccessPolicy> ForUnknown(string workloadNamespace, MeshSettings settings) =>
        [
            .. Near(workloadNamespace, settings)
                .Where(policy => !policy.Selectors.IsEmpty)
                .Select(policy =>
                    policy.Selectors.Any(Labels.Empty.Satisfies) || policy.DryRun || policy.Action == AccessAction.Audit
                        ? policy
                        : policy with
                        {
                            Action = AccessAction.Deny,
                            Rules = [],
                            IsRefused = true,
                        }
                ),
        ];

    private IEnumerable<AccessPolicy> Near(string workloadNamespace, MeshSettings settings) =>
        Policies.Where(policy =>
            string.Equals(policy.Namespace, workloadNamespace, StringComparison.Ordinal)
            || string.Equals(policy.Namespace, settings.RootNamespace, StringComparison.Ordinal)
        );

    public AccessProvider? Provider(string name) =>
        Providers.FirstOrDefault(provider => string.Equals(provider.Name, name, StringComparison.Ordinal));
}
