using System.Collections.Immutable;

namespace Mesh.Injector.Settings;

/// <summary>Picks pods by their labels; all requirements must hold.</summary>
internal sealed record LabelSelector(ImmutableArray<LabelRequirement> Requirements)
{
    /// <summary>A selector without requirements picks nothing here: as in Istio, an empty entry must not switch everything.</summary>
    public bool Picks(IReadOnlyDictionary<string, string> labels) =>
        Requirements.Length > 0 && Requirements.All(requirement => requirement.Holds(labels));
}
