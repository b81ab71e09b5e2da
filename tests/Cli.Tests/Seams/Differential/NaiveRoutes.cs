using System.Text.RegularExpressions;

namespace Mesh.Cli.Tests.Seams.Differential;

/// <summary>
/// What VirtualServices say about one request, read from their description alone: no index, no compiled form, nothing shared with the code that
/// is tested. Slow and plain on purpose.
/// </summary>
internal static class NaiveRoutes
{
    private static readonly Dictionary<string, Regex> Regexes = [];

    /// <summary>The rule and what it does, as one line.</summary>
    public static string Decide(IReadOnlyList<GivenVirtualService> all, GivenRequest request)
    {
        var client = GivenWorld.Clients[request.Client];
        var plain = $"default: {Cluster(request.Port, null, request.Service)} 100";

        // "of several on one host sidecars use only one": the most specific host, then the older, then by namespace and name.
        var owner = all.Where(vs => IsForSidecars(vs.Gateways) && IsVisible(vs, client.Namespace))
            .SelectMany(vs => vs.Hosts.Select(host => (Service: vs, Host: FullHost(host, vs.Namespace))))
            .Where(entry => Covers(entry.Host, request.Service))
            .OrderBy(entry => entry.Host.StartsWith('*'))
            .ThenByDescending(entry => entry.Host.Length)
            .ThenBy(entry => entry.Service.Year ?? int.MaxValue)
            .ThenBy(entry => entry.Service.Namespace, StringComparer.Ordinal)
            .ThenBy(entry => entry.Service.Name, StringComparer.Ordinal)
            .Select(entry => entry.Service)
            .FirstOrDefault();
        if (owner is null)
        {
            return plain;
        }

        // Port, gateways and source are evaluated when configuration is made for this client; what is left decides about requests.
        var left = owner
            .Rules.Select(
                (rule, index) => (rule, index, Matches: rule.Matches.Where(match => SpeaksTo(match, request.Port, client)).ToList())
            )
            .Where(entry => entry.rule.Matches.IsEmpty || entry.Matches.Count > 0)
            .ToList();
        if (left.Count == 0)
        {
            return plain;
        }

        foreach (var (rule, index, matches) in left)
        {
            // An empty match takes everything; "AND inside a block, OR across blocks".
            if (rule.Matches.IsEmpty || matches.Exists(match => Takes(match, request)))
            {
                return $"{owner.Namespace}/{owner.Name}/r{index}: {Does(rule, owner, request)}";
            }
        }

        return "none";
    }

    private static string Does(GivenRule rule, GivenVirtualService owner, GivenRequest request)
    {
        if (rule.Destinations.IsEmpty)
        {
            return rule.IsRedirect ? $"redirect {rule.Status}" : $"answer {rule.Status}";
        }

        // "single destination: weight ignored. Several: weight 0 skipped."
        var taking = rule.Destinations.Length == 1 ? rule.Destinations : [.. rule.Destinations.Where(to => to.Weight > 0)];
        var sum = taking.Sum(to => to.Weight);
        return string.Join(
            ", ",
            taking.Select(to =>
            {
                var host = FullHost(to.Host, owner.Namespace);
                var service = GivenWorld.Services.FirstOrDefault(s => GivenWorld.FullName(s.Name, s.Namespace) == host);
                // "explicit > the only port of the service > listener port"
                var port = to.Port ?? (service.Ports is [var only] ? only : request.Port);
                var share = taking.Length == 1 ? 100 : 100.0 * to.Weight / sum;
                return FormattableString.Invariant($"{Cluster(port, to.Subset, host)} {share:0.####}");
            })
        );
    }

    private static bool SpeaksTo(GivenMatch match, int port, (string Namespace, string App, string Address) client)
    {
        if (match.Port is { } wanted && wanted != port)
        {
            return false;
        }

        // "If gateways set in the match, sourceLabels/sourceNamespace of that match are ignored"
        return match.Gateways.IsEmpty
            ? (match.SourceApp is null || match.SourceApp == client.App)
                && (match.SourceNamespace is null || match.SourceNamespace == client.Namespace)
            : match.Gateways.Contains("mesh");
    }

    private static bool Takes(GivenMatch match, GivenRequest request) =>
        IsPath(match.Uri, match.IgnoreUriCase, request.Path)
        && Is(match.Method, request.Method)
        && Is(match.Scheme, "http")
        && Is(match.Authority, Spelt(request.Authority))
        && match.Headers.All(header => Has(header.Value, request.Header(header.Key)))
        && match.WithoutHeaders.All(header => Lacks(header.Value, request.Header(header.Key)))
        && match.QueryParams.All(parameter => Has(parameter.Value, request.Parameter(parameter.Key)));

    // "ignoreUriCase affects only exact/prefix"; "plain string prefix, /foo matches /foobar"
    private static bool IsPath(GivenText? wanted, bool ignoreCase, string path) =>
        wanted is null
        || (
            ignoreCase && wanted.Kind is "exact" or "prefix" && ignoreCase
                ? Is(wanted with { Value = wanted.Value.ToLowerInvariant() }, path.ToLowerInvariant())
                : Is(wanted, path)
        );

    private static bool Is(GivenText? wanted, string value) =>
        wanted?.Kind switch
        {
            null => true,
            "exact" => value == wanted.Value,
            "prefix" => value.StartsWith(wanted.Value, StringComparison.Ordinal),
            _ => FullMatch(wanted.Value, value),
        };

    private static bool Has(GivenText wanted, string? value) => value is not null && (wanted.Kind == "present" || Is(wanted, value));

    // "missing header treated as empty unless it is a present-match"; "regex * is accepted in withoutHeaders" and means presence.
    private static bool Lacks(GivenText unwanted, string? value) =>
        unwanted.Kind == "present" || unwanted is { Kind: "regex", Value: "*" } ? value is null : !Is(unwanted, value ?? "");

    private static bool FullMatch(string pattern, string value)
    {
        if (!Regexes.TryGetValue(pattern, out var regex))
        {
            Regexes.Add(pattern, regex = new Regex($@"\A(?:{pattern})\z", RegexOptions.CultureInvariant));
        }

        return regex.IsMatch(value);
    }

    private static bool IsForSidecars(IReadOnlyCollection<string> gateways) => gateways.Count == 0 || gateways.Contains("mesh");

    private static bool IsVisible(GivenVirtualService service, string client) =>
        service.ExportTo.IsEmpty
        || service.ExportTo.Contains("*")
        || service.ExportTo.Contains(client)
        || (service.ExportTo.Contains(".") && service.Namespace == client);

    private static string FullHost(string host, string ns) => host.Contains('.') ? host : GivenWorld.FullName(host, ns);

    private static bool Covers(string host, string service) =>
        host.StartsWith('*') ? service.EndsWith(host[1..], StringComparison.Ordinal) : host == service;

    private static string Cluster(int port, string? subset, string host) => $"outbound|{port}|{subset}|{host}";

    // Hosts are the same in any case, and with a dot behind them.
    private static string Spelt(string authority)
    {
        var parts = authority.ToLowerInvariant().Split(':');
        return string.Join(':', [parts[0].TrimEnd('.'), .. parts[1..]]);
    }
}
