using System.Collections.Immutable;
using System.Globalization;
using Mesh.Config;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Model;
using Mesh.Proxy.Configuration;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Cli.Explain;

/// <summary>The same for a TCP or TLS connection: there is no request to look at, only where it was going.</summary>
internal sealed class ConnectionExplainer(
    ExplainSource source,
    ExplainedRequest request,
    OriginFinder origins,
    Labels labels,
    ArrivalExplainer arrivals
)
{
    public Explanation Explain(Explanation start, ListenerConfig? listener)
    {
        var chain = listener is null ? ChainTarget.Nobody : ChainOf(listener);
        if (chain.Tcp is not { } tcp)
        {
            return start with
            {
                Action =
                    listener is null || (listener.Chains is not null && request.Scheme == "tls")
                        ? "refused: nothing takes connections to this address and name"
                        : "looked up as HTTP: ask with http://",
            };
        }

        var rules = RulesOf(chain.Name);
        var index = RuleIndex(chain.Name);
        var destinations = DestinationExplainer.Of(tcp, null, cluster => Missing(rules, index, cluster), source, origins);
        return start with
        {
            Action = "connect",
            Rule = index >= 0 && index < rules.Length ? RuleOf(rules, index) : null,
            Rejected = [.. rules.Take(index < 0 ? rules.Length : index).Select((_, i) => Rejected(rules, i)).OfType<ExplainedRejection>()],
            Destinations = destinations,
            Arrivals = arrivals.OfConnection(tcp),
            Remarks = source.Refused,
        };
    }

    // As the dispatcher chooses it, by address and then by server name.
    private ChainTarget ChainOf(ListenerConfig listener)
    {
        if (listener.Chains is not { } table)
        {
            return new ChainTarget(listener.Http, listener.Tcp, ChainName(listener) ?? "");
        }

        var chains = DialledAddress.Of(source, request.Host, request.Port) is { } address ? table.Find(address) : table.Rest;
        return request.Scheme == "tls" ? chains.Find(request.Host.TrimEnd('.').ToLowerInvariant()) : chains.Rest;
    }

    private ImmutableArray<TcpRule> RulesOf(string name) =>
        source.Files is { } files && name.Length > 0
            ? files.Snapshot.ViewFor(source.Node.Namespace, labels).RoutesFor(name.Split('/')[0])?.Tcp ?? []
            : [];

    // Chains are named HOST/RULE, the service's own HOST alone.
    private static int RuleIndex(string name) =>
        name.LastIndexOf('/') is >= 0 and var slash
        && int.TryParse(name.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : -1;

    private string? ChainName(ListenerConfig listener)
    {
        var sent = source.Find<Pb.Listener>(TypeUrls.Listener, listener.Name);
        return sent?.DefaultFilterChain?.Name ?? sent?.FilterChains.FirstOrDefault(chain => chain.FilterChainMatch is null)?.Name;
    }

    private static ExplainedRule RuleOf(ImmutableArray<TcpRule> rules, int index)
    {
        var rule = rules[index];
        var conditions = string.Join(
            " and ",
            new[]
            {
                rule.SniHosts.IsEmpty ? "" : $"server name is {string.Join(" or ", rule.SniHosts)}",
                rule.DestinationSubnets.IsEmpty ? "" : $"address is in {string.Join(" or ", rule.DestinationSubnets)}",
            }.Where(text => text.Length > 0)
        );
        var from = rule.Source;
        return new(
            $"{from.Namespace}/{from.Name}/{index}",
            conditions.Length > 0 ? conditions : "everything",
            new(new ObjectKey(from.Kind, from.Namespace, from.Name).ToString(), null, from.File, from.Line)
        );
    }

    private ExplainedRejection? Rejected(ImmutableArray<TcpRule> rules, int index)
    {
        var rule = rules[index];
        var (name, conditions, origin) = RuleOf(rules, index);
        return Applicability.FirstFailing(rule, request.Port, labels, source.Node.Namespace) switch
        {
            null => new(name, conditions, $"{request.Host}:{request.Port}", origin),
            ClientCondition.Port => new(name, $"port {rule.Port}", $"port {request.Port}", origin),
            ClientCondition.Gateways => new(name, $"gateway {string.Join(" or ", rule.Gateways)}", "a sidecar (gateway mesh)", origin),
            ClientCondition.SourceLabels => new(name, $"client labels {rule.SourceLabels}", $"labels {labels}", origin),
            _ => new(name, $"client namespace {rule.SourceNamespace}", $"namespace {source.Node.Namespace}", origin),
        };
    }

    private static string? Missing(ImmutableArray<TcpRule> rules, int index, string cluster) =>
        index >= 0 && index < rules.Length && ClusterName.TryParse(cluster, out var name)
            ? rules[index].Destinations.FirstOrDefault(to => to.Host == name.Host && to.Subset == name.Subset)?.Missing
            : null;
}
