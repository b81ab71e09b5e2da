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

        var left = rule.Matches.Where(match => FirstFailing(match, port, client.Labels, client.Namespace) is null).ToImmutableArray();
        return left.IsEmpty ? null : left;
    }

    public static bool Applies(TcpRule rule, int port, Client client) => FirstFailing(rule, port, client.Labels, client.Namespace) is null;

    /// <summary>Why a client never meets a match at this port; null where it does.</summary>
    public static ClientCondition? FirstFailing(Match match, int port, Labels labels, string clientNamespace) =>
        FirstFailing(match.Port, match.Gateways, match.SourceLabels, match.SourceNamespace, port, labels, clientNamespace);

    /// <summary>Why a client never meets a rule at this port; null where it does.</summary>
    public static ClientCondition? FirstFailing(TcpRule rule, int port, Labels labels, string clientNamespace) =>
        FirstFailing(rule.Port, rule.Gateways, rule.SourceLabels, rule.SourceNamespace, port, labels, clientNamespace);

    // Istio: a match that names gateways does not look at the source any more.
    private static ClientCondition? FirstFailing(
        int? wantedPort,
        ImmutableArray<string> gateways,
        Labels sourceLabels,
        string? sourceNamespace,
        int port,
        Labels labels,
        string clientNamespace
    ) =>
        wantedPort is not null && wantedPort != port ? ClientCondition.Port
        : !gateways.IsEmpty
            ? gateways.Contains(Mesh, StringComparer.Ordinal) ? null
                : ClientCondition.Gateways
        : !labels.Satisfies(sourceLabels) ? ClientCondition.SourceLabels
        : string.IsNullOrEmpty(sourceNamespace) || string.Equals(sourceNamespace, clientNamespace, StringComparison.Ordinal) ? null
        : ClientCondition.SourceNamespace;
}
