using System.Collections.Immutable;

namespace Mesh.Injector.Settings;

/// <summary>One condition of a label selector: <c>In</c>, <c>NotIn</c>, <c>Exists</c> or <c>DoesNotExist</c>.</summary>
internal sealed record LabelRequirement(string Key, LabelOperator Operator, ImmutableArray<string> Values)
{
    /// <summary>Kubernetes: NotIn also holds where the label is missing.</summary>
    public bool Holds(IReadOnlyDictionary<string, string> labels) =>
        Operator switch
        {
            LabelOperator.In => labels.TryGetValue(Key, out var value) && Values.Contains(value),
            LabelOperator.NotIn => !labels.TryGetValue(Key, out var value) || !Values.Contains(value),
            LabelOperator.Exists => labels.ContainsKey(Key),
            _ => !labels.ContainsKey(Key),
        };
}
