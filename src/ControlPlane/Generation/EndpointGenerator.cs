using System.Collections.Immutable;
using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// The endpoints of one cluster, sorted, each address once. Only ready ones: an endpoint that is draining or not ready is left out, as in
/// Istio, so that no client needs to know health states; connections it has are not touched by that.
/// </summary>
internal static class EndpointGenerator
{
    /// <param name="view">How localities differ for the client; null where they do not.</param>
    /// <param name="takesMutualTls">Null for clients that know no <c>transport_socket_matches</c>.</param>
    public static Pb.ClusterLoadAssignment Generate(
        string cluster,
        ImmutableArray<ServiceEndpoint> endpoints,
        int port,
        Labels subset,
        LocalityView? view,
        Func<ServiceEndpoint, bool>? takesMutualTls = null
    )
    {
        var ready = endpoints
            .Where(endpoint =>
                endpoint.ServicePortNumber == port && endpoint.Health == EndpointHealth.Healthy && endpoint.Labels.Satisfies(subset)
            )
            .OrderBy(endpoint => endpoint.Address, StringComparer.Ordinal)
            .ThenBy(endpoint => endpoint.Port)
            .ThenBy(endpoint => endpoint.Workload?.Namespace, StringComparer.Ordinal)
            .ThenBy(endpoint => endpoint.Workload?.Name, StringComparer.Ordinal)
            // gRPC clients refuse an assignment that lists an address twice, in whatever locality.
            .DistinctBy(endpoint => (endpoint.Address, endpoint.Port))
            .ToImmutableArray();

        // Weights must add up to less than 2^32, over all localities.
        var divisor = ready.Sum(endpoint => (long)endpoint.Weight + 1) / uint.MaxValue + 1;
        var result = new Pb.ClusterLoadAssignment { ClusterName = cluster };
        foreach (var group in LocalityPlanner.Plan(ready.Select(e => (e, (uint)Math.Max(1, e.Weight / divisor))), view))
        {
            var entry = new Pb.LocalityLbEndpoints
            {
                // Always there, also when unknown: gRPC clients refuse an entry without it and drop one without weight.
                Locality = new()
                {
                    Region = group.Locality.Region,
                    Zone = group.Locality.Zone,
                    SubZone = group.Locality.SubZone,
                },
                LoadBalancingWeight = group.Weight,
                Priority = (uint)group.Priority,
            };
            entry.LbEndpoints.AddRange(
                group.Endpoints.Select(member => new Pb.LbEndpoint
                {
                    Endpoint = new()
                    {
                        Address = XdsMessages.Address(member.Endpoint.Address, member.Endpoint.Port),
                        Hostname = member.Endpoint.HostName ?? "",
                    },
                    HealthStatus = Pb.HealthStatus.Healthy,
                    LoadBalancingWeight = member.Weight,
                    Metadata = IstioMetadata.Endpoint(member.Endpoint.Workload, takesMutualTls?.Invoke(member.Endpoint) ?? false),
                })
            );
            result.Endpoints.Add(entry);
        }

        return result;
    }
}
