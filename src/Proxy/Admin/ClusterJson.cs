using System.Text.Json;
using System.Text.Json.Serialization;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Outliers;

namespace Mesh.Proxy.Admin;

/// <summary><c>/clusters?format=json</c>.</summary>
internal static class ClusterJson
{
    private static readonly JsonSerializerOptions Options = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <param name="now">See <see cref="IOutlierObserver.Now"/>.</param>
    public static byte[] Write(ProxyConfig? config, TimeSpan now) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                clusters = ClusterPage
                    .Ordered(config)
                    .Select(c => new
                    {
                        name = c.Name,
                        type = c.Kind.ToString(),
                        protocol = c.Protocol.ToString(),
                        outlier_detection = Outliers(c),
                        endpoints = c.Endpoints.Select(e => Describe(c, e, now)),
                    }),
            },
            Options
        );

    private static object? Outliers(Cluster cluster)
    {
        // What attempts are counted by, which follows the configuration a moment later.
        if (cluster.State.Outliers.Scope?.Policy is not { } policy)
        {
            return null;
        }

        var rates = cluster.State.Outliers.Rates.Answers;
        return new
        {
            ejected = cluster.State.Outliers.Ejected,
            max_ejection_percent = policy.MaxEjectionPercent,
            success_rate_average = rates.Average,
            success_rate_ejection_threshold = rates.Threshold,
        };
    }

    private static object Describe(Cluster cluster, Endpoint endpoint, TimeSpan now)
    {
        var (state, ejection) = (endpoint.State, endpoint.State.Ejection);
        return new
        {
            address = endpoint.Address.ToString(),
            weight = endpoint.Weight,
            priority = endpoint.Priority,
            health = ClusterPage.HealthFlags(endpoint),
            workload = $"{endpoint.Workload.Namespace}/{endpoint.Workload.Name}",
            version = endpoint.Workload.Version,
            active_requests = state.ActiveRequests,
            total_requests = state.TotalRequests,
            failed_requests = state.FailedRequests,
            success_rate = ejection.SuccessRate,
            ejections = ejection.Ejections,
            ejection_time_left_ms = state.IsEjected ? ClusterPage.EjectionTimeLeft(endpoint, cluster.Outliers, now) : (long?)null,
            half_open = ejection.Stage == ProbeStage.None ? (bool?)null : true,
        };
    }
}
