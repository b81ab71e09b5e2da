using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>The conditions that are decided while generating: port, gateways, source labels and source namespace.</summary>
internal static class Applicability
{
    private const string Mesh = "mesh";

    /// <summary>What of a rule this client can meet at this port: null for nothing, no matches for a rule that takes everything.</summary>
    public static ImmutableArray<Match>? MatchesFor(Rule rule, int port, Client client)
    {
        if (rule.Matches.IsEmpty)
        {
            return [];
        }

        var left = rule
            .Matches.Where(match =>
                (match.Port is null || match.Port == port) && Applies(match.Gateways, match.SourceLabels, match.SourceNamespace, client)
            )
            .ToImmutableArray();
        return left.IsEmpty ? null : left;
    }

    public static bool Applies(TcpRule rule, int port, Client client) =>
        (rule.Port is null || rule.Port == port) && Applies(rule.Gateways, rule.SourceLabels, rule.SourceNamespace, client);

    // Istio: a match that names gateways does not look at the source any more.
    private static bool Applies(ImmutableArray<string> gateways, Labels sourceLabels, string? sourceNamespace, Client client) =>
        gateways.IsEmpty
            ? client.Labels.Satisfies(sourceLabels)
                && (string.IsNullOrEmpty(sourceNamespace) || string.Equals(sourceNamespace, client.Namespace, StringComparison.Ordinal))
            : gateways.Contains(Mesh, StringComparer.Ordinal);
}
