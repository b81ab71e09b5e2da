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
    public static Pb.ClusterLoadAssignment Generate(string cluster, ImmutableArray<ServiceEndpoint> endpoints, int port, Labels subset)
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
        var localities = ready
            .GroupBy(endpoint => endpoint.Locality)
            .OrderBy(group => group.Key.Region, StringComparer.Ordinal)
            .ThenBy(group => group.Key.Zone, StringComparer.Ordinal)
            .ThenBy(group => group.Key.SubZone, StringComparer.Ordinal);
        foreach (var locality in localities)
        {
            var entry = new Pb.LocalityLbEndpoints
            {
                // Always there, also when unknown: gRPC clients refuse an entry without it and drop one without weight.
                Locality = new()
                {
                    Region = locality.Key.Region,
                    Zone = locality.Key.Zone,
                    SubZone = locality.Key.SubZone,
                },
                LoadBalancingWeight = 0,
            };
            foreach (var endpoint in locality)
            {
                var weight = (uint)Math.Max(1, endpoint.Weight / divisor);
                entry.LoadBalancingWeight += weight;
                entry.LbEndpoints.Add(
                    new Pb.LbEndpoint
                    {
                        Endpoint = new() { Address = XdsMessages.Address(endpoint.Address, endpoint.Port) },
                        HealthStatus = Pb.HealthStatus.Healthy,
                        LoadBalancingWeight = weight,
                        Metadata = endpoint.Workload is { } workload ? IstioMetadata.Workload(workload) : null,
                    }
                );
            }

            result.Endpoints.Add(entry);
        }

        return result;
    }
}
