using System.Text.Json;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Admin;

/// <summary><c>/listeners</c>: which destinations are known in each direction, and what is spoken there.</summary>
internal static class ListenerPage
{
    public static string Text(ProxyConfig? config) => string.Concat(Rows(config).Select(r => $"{r.Name}::{r.Address}\n"));

    public static byte[] Json(ProxyConfig? config) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                listeners = Rows(config)
                    .Select(r => new
                    {
                        name = r.Name,
                        address = r.Address,
                        direction = r.Direction,
                        bound = r.Bound,
                        routes = r.Routes,
                        clusters = r.Clusters,
                    }),
            }
        );

    private static IEnumerable<Row> Rows(ProxyConfig? config) =>
        config is null ? [] : Rows(config.Outbound, "outbound").Concat(Rows(config.Inbound, "inbound"));

    private static IEnumerable<Row> Rows(ListenerTable table, string direction)
    {
        var captured = table.ByAddress.Values.Concat(table.ByPort.Values).Select(l => Row.Of(l, direction, false));
        var bound = table.Bound.Select(l => Row.Of(l, direction, true));
        var rest = table.Default is { } last ? [Row.Of(last, direction, false)] : Enumerable.Empty<Row>();
        return captured
            .Concat(bound)
            .OrderBy(r => r.Name, StringComparer.Ordinal)
            .ThenBy(r => r.Address, StringComparer.Ordinal)
            .Concat(rest);
    }

    private sealed record Row(string Name, string Address, string Direction, bool Bound, string? Routes, string[] Clusters)
    {
        public static Row Of(ListenerConfig listener, string direction, bool bound) =>
            new(listener.Name, listener.Address.ToString(), direction, bound, listener.Http?.Name, ClustersOf(listener));

        private static string[] ClustersOf(ListenerConfig listener) =>
            [
                .. (listener.Chains?.Targets.Select(chain => chain.Tcp) ?? [listener.Tcp])
                    .OfType<WeightedDestinations>()
                    .SelectMany(tcp => tcp.Destinations)
                    .Select(destination => destination.ClusterName)
                    .Distinct(StringComparer.Ordinal),
            ];
    }
}
