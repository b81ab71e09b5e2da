using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Upstream;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: a ClusterLoadAssignment's endpoints, in the control plane's order, each address once.</summary>
internal static class EndpointReader
{
    public static ImmutableArray<EndpointSettings> Read(Pb.ClusterLoadAssignment assignment, bool namesAllowed, ProblemList problems)
    {
        var endpoints = ImmutableArray.CreateBuilder<EndpointSettings>();
        var seen = new HashSet<(string, uint)>();
        for (var i = 0; i < assignment.Endpoints.Count; i++)
        {
            var locality = assignment.Endpoints[i];
            using var inLocality = problems.In("endpoints", i);
            var where = locality.Locality is { } named ? new Locality(named.Region, named.Zone, named.SubZone) : Locality.Unknown;
            for (var j = 0; j < locality.LbEndpoints.Count; j++)
            {
                using var inEndpoint = problems.In("lb_endpoints", j);
                if (Read(locality.LbEndpoints[j], namesAllowed, problems) is { } endpoint)
                {
                    // Two picks of one address would count it twice in every share.
                    if (seen.Add((endpoint.Host, (uint)endpoint.Port)))
                    {
                        endpoints.Add(
                            endpoint with
                            {
                                Priority = (int)Math.Min(locality.Priority, int.MaxValue),
                                Locality = where,
                                LocalityWeight = locality.LoadBalancingWeight ?? 0,
                            }
                        );
                    }
                }
            }
        }

        return endpoints.ToImmutable();
    }

    private static EndpointSettings? Read(Pb.LbEndpoint lb, bool namesAllowed, ProblemList problems)
    {
        if (PbReading.Socket(lb.Endpoint?.Address, "endpoint.address", problems) is not { } socket)
        {
            return null;
        }

        if (!IPAddress.TryParse(socket.Address, out var ip) && (!namesAllowed || socket.Address.Length == 0))
        {
            problems.Add("endpoint.address", $"'{socket.Address}' is not an IP address");
            return null;
        }

        var weight = lb.LoadBalancingWeight ?? 1;
        if (weight == 0)
        {
            problems.Add("load_balancing_weight", "0 is not a weight; leave the endpoint out instead");
            return null;
        }

        var port = (int)socket.PortValue;
        return new EndpointSettings(
            ip is null ? null : new IPEndPoint(ip, port),
            ip?.ToString() ?? socket.Address,
            port,
            weight,
            PbReading.Workload(lb.Metadata) ?? WorkloadInfo.Unknown
        )
        {
            HostName = lb.Endpoint!.Hostname is { Length: > 0 } name ? name : null,
            Labels = EndpointLabels.Of(
                lb.Metadata is { } metadata && metadata.FilterMetadata.TryGetValue(ExtensionNames.TransportSocketMatch, out var block)
                    ? block
                    : null
            ),
            // Envoy takes UNKNOWN as healthy (health_check.proto, HealthStatus).
            Health = lb.HealthStatus switch
            {
                Pb.HealthStatus.Unknown or Pb.HealthStatus.Healthy => EndpointHealth.Healthy,
                Pb.HealthStatus.Degraded => EndpointHealth.Degraded,
                _ => EndpointHealth.Unhealthy,
            },
        };
    }
}
