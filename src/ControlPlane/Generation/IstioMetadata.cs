using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// What resources tell about the objects behind them, under the metadata key <c>istio</c>: <c>workload</c> on endpoints and on
/// <c>virtualInbound</c>, <c>services</c> on clusters, <c>config</c> on routes (object, file and line) and clusters (object).
/// </summary>
internal static class IstioMetadata
{
    private const string Key = "istio";

    private const string ExtensionKey = "mesh.extensions";

    /// <summary>The cluster id of workloads where nobody named another.</summary>
    private const string ClusterId = "Kubernetes";

    /// <summary>The rule a route was made from.</summary>
    public static Pb.Metadata Config(string config) => Of(new() { ["config"] = Value.ForString(config) });

    public static Pb.Metadata Workload(Workload workload) => Of(new() { ["workload"] = Value.ForString(Describe(workload)) });

    /// <summary>Who is behind an endpoint, and whether connections to it are encrypted (<see cref="UpstreamTlsGenerator"/>); null for nothing.</summary>
    public static Pb.Metadata? Endpoint(Workload? workload, bool mutualTls)
    {
        if (workload is null)
        {
            return null;
        }

        var metadata = Workload(workload);
        if (mutualTls)
        {
            metadata.FilterMetadata.Add(ExtensionNames.TransportSocketMatch, UpstreamTlsGenerator.SidecarLabels());
        }

        return metadata;
    }

    /// <summary>The service that a cluster balances; a DestinationRule, if one shaped it. No line numbers: a moved rule changes no cluster.</summary>
    public static Pb.Metadata Cluster(string host, string serviceNamespace, int port, string subset, DestinationPolicy? policy)
    {
        var service = new Struct();
        service.Fields.Add("host", Value.ForString(host));
        service.Fields.Add("name", Value.ForString(host.Split('.')[0]));
        service.Fields.Add("namespace", Value.ForString(serviceNamespace));

        var fields = new SortedDictionary<string, Value>(StringComparer.Ordinal)
        {
            ["default_original_port"] = Value.ForNumber(port),
            ["services"] = Value.ForList(Value.ForStruct(service)),
        };
        if (policy is not null)
        {
            fields.Add("config", Value.ForString($"{policy.Source.Kind} {policy.Source.Namespace}/{policy.Source.Name}"));
        }

        if (subset.Length > 0)
        {
            fields.Add("subset", Value.ForString(subset));
        }

        return Of(fields);
    }

    /// <summary>What only our own proxies read, under the metadata key <c>mesh.extensions</c>.</summary>
    public static void Extend(Pb.Cluster cluster, string name, Struct value)
    {
        cluster.Metadata ??= new();
        if (!cluster.Metadata.FilterMetadata.TryGetValue(ExtensionKey, out var extensions))
        {
            cluster.Metadata.FilterMetadata.Add(ExtensionKey, extensions = new Struct());
        }

        extensions.Fields.Add(name, Value.ForStruct(value));
    }

    /// <summary><c>owner;namespace;canonical-name;canonical-revision;cluster</c>, the form Istio's telemetry reads.</summary>
    public static string Describe(Workload workload)
    {
        var labels = workload.Labels.Values;
        var name = First("service.istio.io/canonical-name", "app.kubernetes.io/name", "app") ?? workload.Owner;
        var revision = First("service.istio.io/canonical-revision", "app.kubernetes.io/version", "version") ?? "latest";
        return $"{workload.Owner};{workload.Namespace};{name};{revision};{ClusterId}";

        string? First(params ReadOnlySpan<string> keys)
        {
            foreach (var key in keys)
            {
                if (labels.TryGetValue(key, out var value) && value.Length > 0)
                {
                    return value;
                }
            }

            return null;
        }
    }

    private static Pb.Metadata Of(SortedDictionary<string, Value> fields)
    {
        var content = new Struct();
        foreach (var (key, value) in fields)
        {
            content.Fields.Add(key, value);
        }

        return new Pb.Metadata { FilterMetadata = { [Key] = content } };
    }
}
