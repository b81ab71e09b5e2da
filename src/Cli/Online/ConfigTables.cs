using System.Text.Json.Nodes;
using Mesh.Xds;

namespace Mesh.Cli.Online;

/// <summary>The tables of <c>proxy-config</c>, with the columns that users of istioctl know.</summary>
internal static class ConfigTables
{
    public static readonly ConfigTable Clusters = new("CDS", ["SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE"], ClusterRows);

    public static readonly ConfigTable Endpoints = new("EDS", ["ENDPOINT", "STATUS", "WEIGHT", "CLUSTER"], EndpointRows);

    public static readonly ConfigTable Routes = new("RDS", ["NAME", "VHOST NAME", "DOMAINS", "MATCH", "DESTINATION", "RULE"], RouteRows);

    public static readonly ConfigTable Listeners = new("LDS", ["NAME", "ADDRESS", "PORT", "DESTINATION"], ListenerRows);

    public static readonly ConfigTable Secrets = new("SDS", ["NAME", "KIND"], SecretRows);

    private static IEnumerable<IReadOnlyList<string>> ClusterRows(JsonObject cluster)
    {
        var name = Text(cluster["name"]);
        var type = Text(cluster["type"]) is { Length: > 0 } written ? written : "STATIC";
        yield return ClusterName.TryParse(name, out var parsed)
            ?
            [
                parsed.Host,
                parsed.Port.ToString(),
                parsed.Subset.Length > 0 ? parsed.Subset : "-",
                parsed.Direction.ToString().ToLowerInvariant(),
                type,
            ]
            : [name, "-", "-", "-", type];
    }

    private static IEnumerable<IReadOnlyList<string>> EndpointRows(JsonObject assignment) =>
        from locality in Items(assignment["endpoints"])
        from endpoint in Items(locality["lbEndpoints"])
        let address = endpoint["endpoint"]?["address"]?["socketAddress"]
        select (IReadOnlyList<string>)
            [
                $"{Text(address?["address"])}:{Text(address?["portValue"])}",
                Text(endpoint["healthStatus"]) is { Length: > 0 } status ? status : "UNKNOWN",
                Text(endpoint["loadBalancingWeight"]) is { Length: > 0 } weight ? weight : "1",
                Text(assignment["clusterName"]),
            ];

    private static IEnumerable<IReadOnlyList<string>> RouteRows(JsonObject configuration) =>
        from host in Items(configuration["virtualHosts"])
        from route in Items(host["routes"])
        select (IReadOnlyList<string>)
            [
                Text(configuration["name"]),
                Text(host["name"]),
                Domains(host),
                MatchOf(route),
                DestinationOf(route),
                Text(route["name"]) is { Length: > 0 } rule ? rule : "-",
            ];

    private static IEnumerable<IReadOnlyList<string>> ListenerRows(JsonObject listener)
    {
        var address = listener["address"]?["socketAddress"];
        List<JsonNode?> chains = [.. Items(listener["filterChains"]), listener["defaultFilterChain"]];
        foreach (var chain in chains.Where(chain => chain is not null))
        {
            var port = Text(chain!["filterChainMatch"]?["destinationPort"]) is { Length: > 0 } own ? own : Text(address?["portValue"]);
            yield return
            [
                Text(listener["name"]),
                Text(address?["address"]),
                port,
                string.Join(", ", Items(chain["filters"]).Select(FilterDestination)),
            ];
        }
    }

    private static IEnumerable<IReadOnlyList<string>> SecretRows(JsonObject secret) =>
        [
            [Text(secret["name"]), secret["tlsCertificate"] is not null ? "certificate" : "trusted roots"],
        ];

    private static string Domains(JsonNode host)
    {
        var domains = host["domains"]?.AsArray().Select(Text).ToList() ?? [];
        return domains.Count <= 3 ? string.Join(", ", domains) : $"{domains[0]}, {domains[1]} + {domains.Count - 2} more";
    }

    private static string MatchOf(JsonNode route)
    {
        var match = route["match"];
        var path =
            match?["path"] is { } exact ? Text(exact)
            : match?["safeRegex"]?["regex"] is { } regex ? $"~{Text(regex)}"
            : $"{Text(match?["prefix"])}*";
        var more = Items(match?["headers"]).Count() + Items(match?["queryParameters"]).Count();
        return more == 0 ? path : $"{path} + {more} {(more == 1 ? "condition" : "conditions")}";
    }

    private static string DestinationOf(JsonNode route)
    {
        if (route["redirect"] is not null)
        {
            return "redirect";
        }

        if (route["directResponse"] is { } direct)
        {
            return $"answer {Text(direct["status"])}";
        }

        var weighted = Items(route["route"]?["weightedClusters"]?["clusters"]).ToList();
        return weighted.Count == 0
            ? Text(route["route"]?["cluster"])
            : string.Join(", ", weighted.Select(cluster => $"{Text(cluster["name"])} {Text(cluster["weight"])}"));
    }

    private static string FilterDestination(JsonNode filter)
    {
        var config = filter["typedConfig"];
        return config?["rds"] is { } rds ? $"Route: {Text(rds["routeConfigName"])}"
            : config?["routeConfig"] is { } inline ? $"Inline route: {Text(inline["name"])}"
            : config?["cluster"] is { } cluster ? $"Cluster: {Text(cluster)}"
            : Items(config?["weightedClusters"]?["clusters"]).Any()
                ? "Clusters: "
                    + string.Join(
                        ", ",
                        Items(config?["weightedClusters"]?["clusters"]).Select(c => $"{Text(c["name"])} {Text(c["weight"])}")
                    )
            : Text(filter["name"]);
    }

    private static IEnumerable<JsonNode> Items(JsonNode? array) => array is JsonArray items ? items.OfType<JsonNode>() : [];

    private static string Text(JsonNode? node) => node?.ToString() ?? "";
}
