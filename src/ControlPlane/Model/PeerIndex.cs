using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>
/// Which PeerAuthentication counts for a workload: one that selects it, then its namespace's, then the root namespace's; within a scope the older.
/// What one leaves unset is the wider scope's.
/// </summary>
internal sealed class PeerIndex
{
    private readonly PeerRule? root;
    private readonly FrozenDictionary<string, PeerRule> wide;
    private readonly FrozenDictionary<string, ImmutableArray<PeerRule>> selecting;

    private PeerIndex(ImmutableArray<PeerRule> rules, string rootNamespace)
    {
        wide = rules
            .Where(rule => rule.Selector.Values.IsEmpty)
            .GroupBy(rule => rule.Namespace, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        selecting = rules
            .Where(rule => !rule.Selector.Values.IsEmpty)
            .GroupBy(rule => rule.Namespace, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
        root = wide.GetValueOrDefault(rootNamespace);
    }

    private static bool MayBeStrict(PeerRule rule) => rule.Mode == PeerMode.Strict || rule.Ports.ContainsValue(PeerMode.Strict);

    /// <param name="rules">In the order of conflicts.</param>
    public static PeerIndex Build(ImmutableArray<PeerRule> rules, string rootNamespace) => new(rules, rootNamespace);

    /// <param name="workloadNamespace">Also of one that no object describes: what holds for its namespace holds for it.</param>
    /// <param name="labels">Null where nobody knows them: then what may ask for mutual TLS does.</param>
    public WorkloadPeers For(string workloadNamespace, Labels? labels)
    {
        var mode = wide.GetValueOrDefault(workloadNamespace)?.Mode ?? root?.Mode ?? PeerMode.Permissive;
        if (labels is null)
        {
            return WorkloadPeers.Permissive with
            {
                Mode = selecting.GetValueOrDefault(workloadNamespace, []).Any(MayBeStrict) ? PeerMode.Strict : mode,
            };
        }

        var own = Selecting(workloadNamespace, labels);
        mode = own?.Mode ?? mode;
        if (own is null or { Ports.IsEmpty: true })
        {
            return mode == PeerMode.Permissive ? WorkloadPeers.Permissive : WorkloadPeers.Permissive with { Mode = mode };
        }

        return new(
            mode,
            own.Ports.Where(port => port.Value is { } set && set != mode)
                .ToImmutableSortedDictionary(port => port.Key, port => port.Value!.Value)
        );
    }

    /// <summary>The rule that decides for one port of a workload; null where none says anything, which means PERMISSIVE.</summary>
    public PeerRule? RuleOf(string workloadNamespace, Labels labels, int port) =>
        Selecting(workloadNamespace, labels) is { } own && (own.Mode ?? own.Ports.GetValueOrDefault(port)) is not null ? own
        : wide.GetValueOrDefault(workloadNamespace) is { Mode: not null } rule ? rule
        : root is { Mode: not null } ? root
        : null;

    private PeerRule? Selecting(string workloadNamespace, Labels labels)
    {
        foreach (var rule in selecting.GetValueOrDefault(workloadNamespace, []))
        {
            if (labels.Satisfies(rule.Selector))
            {
                return rule;
            }
        }

        return null;
    }
}
