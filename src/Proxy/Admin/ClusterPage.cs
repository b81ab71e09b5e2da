using System.Text;
using System.Text.Json;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Admin;

/// <summary><c>/clusters</c>: what may be picked, and what happened to it so far; text in the line format of Envoy.</summary>
internal static class ClusterPage
{
    public static string Text(ProxyConfig? config)
    {
        var text = new StringBuilder();
        foreach (var cluster in Ordered(config))
        {
            text.Append($"{cluster.Name}::observability_name::{cluster.Name}\n");
            text.Append($"{cluster.Name}::type::{cluster.Kind}\n");
            text.Append($"{cluster.Name}::protocol::{cluster.Protocol}\n");
            foreach (var endpoint in cluster.Endpoints)
            {
                var name = $"{cluster.Name}::{endpoint.Address}";
                text.Append($"{name}::rq_active::{endpoint.State.ActiveRequests}\n");
                text.Append($"{name}::rq_error::{endpoint.State.FailedRequests}\n");
                text.Append($"{name}::rq_total::{endpoint.State.TotalRequests}\n");
                text.Append($"{name}::health_flags::healthy\n");
                text.Append($"{name}::weight::{endpoint.Weight}\n");
            }
        }

        return text.ToString();
    }

    public static byte[] Json(ProxyConfig? config) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                clusters = Ordered(config)
                    .Select(c => new
                    {
                        name = c.Name,
                        type = c.Kind.ToString(),
                        protocol = c.Protocol.ToString(),
                        endpoints = c.Endpoints.Select(e => new
                        {
                            address = e.Address.ToString(),
                            weight = e.Weight,
                            health = "healthy",
                            workload = $"{e.Workload.Namespace}/{e.Workload.Name}",
                            version = e.Workload.Version,
                            active_requests = e.State.ActiveRequests,
                            total_requests = e.State.TotalRequests,
                            failed_requests = e.State.FailedRequests,
                        }),
                    }),
            }
        );

    private static IEnumerable<Cluster> Ordered(ProxyConfig? config) =>
        config?.Clusters.Values.OrderBy(c => c.Name, StringComparer.Ordinal) ?? Enumerable.Empty<Cluster>();
}
