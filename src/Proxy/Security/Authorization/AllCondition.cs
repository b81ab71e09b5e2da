using System.Collections.Immutable;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>All of several conditions hold.</summary>
internal sealed class AllCondition : AccessCondition
{
    private readonly AccessCondition[] _parts;

    private AllCondition(AccessCondition[] parts) => _parts = parts;

    public override int Cost => _parts[0].Cost + 1;

    /// <summary>The simplest condition that means the same.</summary>
    public static AccessCondition Of(IEnumerable<AccessCondition> conditions)
    {
        var parts = conditions
            .SelectMany(condition => condition is AllCondition all ? all._parts : [condition])
            .Where(condition => condition != ConstantCondition.Always)
            .OrderBy(condition => condition.Cost)
            .ToImmutableArray();
        return parts.Contains(ConstantCondition.Never) ? ConstantCondition.Never
            : parts.IsEmpty ? ConstantCondition.Always
            : parts.Length == 1 ? parts[0]
            : new AllCondition([.. parts]);
    }

    public override bool Holds(in AccessSubject subject)
    {
        foreach (var part in _parts)
        {
            if (!part.Holds(subject))
            {
                return false;
            }
        }

        return true;
    }

    public override string ToString() => string.Join(" and ", _parts.Select(part => part.ToString()));
}
