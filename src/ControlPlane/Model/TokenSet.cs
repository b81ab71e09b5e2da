using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Mesh.ControlPlane.Model;

/// <summary>All rules about whose tokens are taken, and the keys that were fetched for them.</summary>
/// <param name="Policies">By namespace and name.</param>
internal sealed record TokenSet(ImmutableArray<TokenPolicy> Policies, [property: JsonIgnore] KeySets Keys)
{
    public static TokenSet Empty { get; } = new([], KeySets.Empty);

    /// <summary>The policies for one workload: those of the root namespace and of its own that select it. All of them hold together.</summary>
    public ImmutableArray<TokenPolicy> For(string workloadNamespace, Labels labels, MeshSettings settings) =>
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

    /// <summary>Everywhere that keys are to be fetched, in a fixed order.</summary>
    public ImmutableArray<KeySource> Sources() =>
        [
            .. Policies
                .SelectMany(policy => policy.Rules)
                .Select(rule => rule.Fetch)
                .OfType<KeySource>()
                .Distinct()
                .OrderBy(source => source.Url, StringComparer.Ordinal)
                .ThenBy(source => source.IsDiscovery)
                .ThenBy(source => source.Timeout),
        ];
}
