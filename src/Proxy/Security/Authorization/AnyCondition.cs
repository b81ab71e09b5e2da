using System.Collections.Immutable;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>One of several conditions holds.</summary>
internal sealed class AnyCondition : AccessCondition
{
    private readonly AccessCondition[] _parts;

    private AnyCondition(AccessCondition[] parts)
    {
        _parts = parts;
        Cost = parts.Sum(part => part.Cost);
    }

    public override int Cost { get; }

    /// <summary>The simplest condition that means the same.</summary>
    public static AccessCondition Of(IEnumerable<AccessCondition> conditions)
    {
        var parts = conditions
            .SelectMany(condition => condition is AnyCondition any ? any._parts : [condition])
            .Where(condition => condition != ConstantCondition.Never)
            .OrderBy(condition => condition.Cost)
            .ToImmutableArray();
        return parts.Contains(ConstantCondition.Always) ? ConstantCondition.Always
            : parts.IsEmpty ? ConstantCondition.Never
            : parts.Length == 1 ? parts[0]
            : new AnyCondition([.. parts]);
    }

    public override bool Holds(in AccessSubject subject)
    {
        foreach (var part in _parts)
        {
            if (part.Holds(subject))
            {
                return true;
            }
        }

        return false;
    }

    public override string ToString() => $"({string.Join(" or ", _parts.Select(part => part.ToString()))})";
}
