using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Cli.Explain;

/// <summary>The port at which a request for a service arrives at one of its pods.</summary>
internal static class ArrivalPort
{
    /// <summary>
    /// The target port of the service that is dialled, by what the pod's proxy knows of it, and in words how it was found; the dialled port itself where
    /// no service of the pod has it.
    /// </summary>
    public static (int Port, string Why) Of(ExplainSource source, ExplainedRequest request)
    {
        var inbound = source
            .Resources.Of(TypeUrls.Cluster)
            .Values.Select(entry => (Pb.Cluster)entry.Message)
            .Where(cluster => ClusterName.TryParse(cluster.Name, out var name) && name.Direction == TrafficDirection.Inbound)
            .ToList();
        foreach (var host in DialledAddress.Names(source, request.Host))
        {
            if (
                inbound.Find(cluster => IsFor(cluster, host, request.Port)) is { } cluster
                && ClusterName.TryParse(cluster.Name, out var name)
            )
            {
                return (name.Port, $"port {name.Port}, where {host}:{request.Port} arrives");
            }
        }

        return (request.Port, $"port {request.Port} as it was dialled");
    }

    private static bool IsFor(Pb.Cluster cluster, string host, int port) =>
        cluster.Metadata?.FilterMetadata.TryGetValue("istio", out var istio) == true
        && istio.Fields.TryGetValue("default_original_port", out var original)
        && (int)original.NumberValue == port
        && istio.Fields.TryGetValue("services", out var services)
        && services.ListValue.Values.Any(service =>
            service.StructValue.Fields.TryGetValue("host", out var name) && name.StringValue == host
        );
}
