using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Cli.Output;

namespace Mesh.Cli.Online;

/// <summary>Pure: who sends plaintext, out of the metrics of proxies.</summary>
internal static class PlaintextReport
{
    private const string Connections = "mesh_plaintext_connections_total";
    private const string Requests = "istio_requests_total";
    private const string Security = "connection_security_policy";

    /// <param name="before">What was counted already; null to count all.</param>
    /// <param name="names">Of pods, by address.</param>
    public static ImmutableArray<PlaintextSender> Of(
        IEnumerable<(string Proxy, PrometheusSample Sample)> now,
        IEnumerable<(string Proxy, PrometheusSample Sample)>? before,
        IReadOnlyDictionary<string, string> names
    )
    {
        var earlier = Counted(before ?? []);
        return
        [
            .. Counted(now)
                .Select(entry => (entry.Key, Count: entry.Value - earlier.GetValueOrDefault(entry.Key)))
                .Where(entry => entry.Count > 0)
                .Select(entry => new PlaintextSender(
                    entry.Key.Proxy,
                    entry.Key.Port,
                    entry.Key.Client,
                    names.GetValueOrDefault(entry.Key.Client, ""),
                    (long)entry.Count
                ))
                .OrderBy(sender => sender.Proxy, StringComparer.Ordinal)
                .ThenBy(sender => sender.Port, StringComparer.Ordinal)
                .ThenByDescending(sender => sender.Connections),
        ];
    }

    public static void Write(
        TextWriter output,
        ImmutableArray<PlaintextSender> senders,
        IReadOnlyCollection<(string Proxy, PrometheusSample Sample)> now,
        IReadOnlyCollection<(string Proxy, PrometheusSample Sample)>? before,
        bool json
    )
    {
        var encrypted = Sum(now, "mutual_tls") - Sum(before ?? [], "mutual_tls");
        var plaintext = Sum(now, "none") - Sum(before ?? [], "none");
        if (json)
        {
            output.WriteLine(
                new JsonObject
                {
                    ["requests"] = new JsonObject { ["mutualTls"] = encrypted, ["plaintext"] = plaintext },
                    ["plaintext"] = new JsonArray([
                        .. senders.Select(sender =>
                            (JsonNode)
                                new JsonObject
                                {
                                    ["workload"] = sender.Proxy,
                                    ["port"] = sender.Port,
                                    ["client"] = sender.Client,
                                    ["pod"] = sender.Pod,
                                    ["connections"] = sender.Connections,
                                }
                        ),
                    ]),
                }.ToJsonString(new() { WriteIndented = true })
            );
            return;
        }

        if (senders.IsEmpty)
        {
            output.WriteLine($"Nobody sends plaintext: STRICT would cut nobody off. Requests: {encrypted} over mutual TLS.");
            return;
        }

        TextTable.Write(
            output,
            ["WORKLOAD", "PORT", "CLIENT", "POD", "CONNECTIONS"],
            senders.Select(sender => new List<string>
            {
                sender.Proxy,
                sender.Port,
                sender.Client,
                sender.Pod.Length == 0 ? "no sidecar" : sender.Pod,
                sender.Connections.ToString(CultureInfo.InvariantCulture),
            })
        );
        output.WriteLine(
            $"STRICT would cut these off. Requests: {encrypted} over mutual TLS, {plaintext} in plaintext. A client with a sidecar sends plaintext where a"
                + " DestinationRule says DISABLE, or where it has no identity."
        );
    }

    private static Dictionary<(string Proxy, string Port, string Client), double> Counted(
        IEnumerable<(string Proxy, PrometheusSample Sample)> samples
    ) =>
        samples
            .Where(entry => entry.Sample.Name == Connections)
            .GroupBy(entry => (entry.Proxy, entry.Sample["port"], entry.Sample["client"]))
            .ToDictionary(group => group.Key, group => group.Sum(entry => entry.Sample.Value));

    private static long Sum(IEnumerable<(string Proxy, PrometheusSample Sample)> samples, string policy) =>
        (long)
            samples
                .Where(entry =>
                    entry.Sample.Name == Requests && entry.Sample["reporter"] == "destination" && entry.Sample[Security] == policy
                )
                .Sum(entry => entry.Sample.Value);
}
