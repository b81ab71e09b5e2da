using System.Collections.Immutable;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Model;
using Mesh.Proxy.Routing;
using Rule = Mesh.ControlPlane.Model.Rule;

namespace Mesh.Cli.Explain;

/// <summary>One match block of a VirtualService (or a rule without any) and what became of it for one client.</summary>
/// <param name="Match">Null for a rule without match blocks.</param>
/// <param name="MatchIndex">-1 for a rule without match blocks.</param>
/// <param name="Obstacle">Why this client's proxy was not sent it; null where it was, or was not for <paramref name="IsUnreachable"/>.</param>
/// <param name="IsUnreachable">Left out because a rule before it takes everything.</param>
/// <param name="Served">Its place among the proxy's rules; -1 where the proxy has it not.</param>
internal sealed record WrittenMatch(
    string Name,
    Rule Rule,
    Match? Match,
    int MatchIndex,
    ClientCondition? Obstacle,
    bool IsUnreachable,
    int Served
)
{
    /// <summary>All blocks in the order in which they are asked; empty where the proxy's rules are not those of this set.</summary>
    public static ImmutableArray<WrittenMatch> AllOf(RouteSet set, VirtualHost host, int port, Labels labels, string clientNamespace)
    {
        var all = ImmutableArray.CreateBuilder<WrittenMatch>();
        var served = 0;
        var closed = false;
        for (var i = 0; i < set.Http.Length; i++)
        {
            var rule = set.Http[i];
            for (var m = rule.Matches.IsEmpty ? -1 : 0; m < rule.Matches.Length; m++)
            {
                var match = m < 0 ? null : rule.Matches[m];
                var name = RuleRouteGenerator.NameOf(set, i, match?.Name ?? "");
                var obstacle = match is null ? null : Applicability.FirstFailing(match, port, labels, clientNamespace);
                if (obstacle is not null || closed)
                {
                    all.Add(new(name, rule, match, m, obstacle, obstacle is null, -1));
                    continue;
                }

                if (served >= host.Rules.Length || host.Rules[served].Name != name)
                {
                    // No rule for this client at all leaves the service's own; anything else is not what was generated from the set.
                    return [];
                }

                var conditions = host.Rules[served].Conditions;
                closed = conditions.Path is null && conditions.Others.IsEmpty;
                all.Add(new(name, rule, match, m, null, false, served++));
            }
        }

        return all.ToImmutable();
    }

    /// <summary>What the client would need, and what it has.</summary>
    public (string Needs, string Has) Words(int port, Labels labels, string clientNamespace) =>
        Obstacle switch
        {
            ClientCondition.Port => ($"port {Match!.Port}", $"port {port}"),
            ClientCondition.Gateways => ($"gateway {string.Join(" or ", Match!.Gateways)}", "a sidecar (gateway mesh)"),
            ClientCondition.SourceLabels => (
                $"client labels {Match!.SourceLabels}",
                string.Join(
                    ", ",
                    Match.SourceLabels.Values.Keys.Select(key =>
                        labels.Values.TryGetValue(key, out var value) ? $"{key}={value}" : $"no label {key}"
                    )
                )
            ),
            ClientCondition.SourceNamespace => ($"client namespace {Match!.SourceNamespace}", $"namespace {clientNamespace}"),
            _ => ("a place before the rule that takes everything", "it stands behind it"),
        };
}
