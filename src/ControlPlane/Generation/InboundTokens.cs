using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>Whose tokens one workload takes: the rules of all policies that are for it, with the keys that are known now.</summary>
internal sealed class InboundTokens
{
    private InboundTokens(ImmutableArray<(TokenRule Rule, string Keys)> rules) => Rules = rules;

    public static InboundTokens None { get; } = new([]);

    /// <summary>By issuer; rules of one issuer in the order of their policies.</summary>
    public ImmutableArray<(TokenRule Rule, string Keys)> Rules { get; }

    /// <summary>All that generated things depend on.</summary>
    public IEnumerable<object?> Inputs => [Rules.Length, .. Rules.SelectMany(rule => (object?[])[rule.Rule, rule.Keys])];

    /// <param name="labels">Of the workload.</param>
    public static InboundTokens Of(MeshSnapshot snapshot, string workloadNamespace, Labels labels)
    {
        var policies = snapshot.Tokens.For(workloadNamespace, labels, snapshot.Settings);
        return policies.IsEmpty
            ? None
            : new([
                .. policies
                    .SelectMany(policy => policy.Rules)
                    .OrderBy(rule => rule.Issuer, StringComparer.Ordinal)
                    .Select(rule => (rule, KeysOf(rule, snapshot.Tokens.Keys))),
            ]);
    }

    // Without keys every token of the issuer is refused, which is what a token that nobody can verify deserves.
    private static string KeysOf(TokenRule rule, KeySets keys) =>
        rule.Keys ?? (rule.Fetch is { } source ? keys.Of(source)?.Keys : null) ?? KeySetText.None;
}
