using System.Collections.Frozen;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Delivery;

/// <summary>
/// One client as it describes itself in its first request: immutable, equal to another when every field of the
/// description is. Any id is accepted; what it does not say is empty or a default.
/// </summary>
internal sealed class NodeInfo : IEquatable<NodeInfo>
{
    private const string DefaultNamespace = "default";

    private NodeInfo(string fingerprint) => Fingerprint = fingerprint;

    /// <summary>As sent; <c>sidecar~10.0.0.7~reviews-v1-abc.shop~shop.svc.cluster.local</c> for our own proxies.</summary>
    public required string Id { get; init; }

    public required NodeKind Kind { get; init; }

    /// <summary>From the id, else from metadata NAME, else empty.</summary>
    public required string PodName { get; init; }

    /// <summary>From the id, else from metadata NAMESPACE, else "default".</summary>
    public required string Namespace { get; init; }

    /// <summary>From the id, else the first of metadata INSTANCE_IPS, else empty.</summary>
    public required string Ip { get; init; }

    /// <summary>From the id, else <c>NAMESPACE.svc.cluster.local</c>.</summary>
    public required string DnsDomain { get; init; }

    /// <summary>Metadata LABELS: the workload's own.</summary>
    public required FrozenDictionary<string, string> Labels { get; init; }

    /// <summary>Metadata values that are text, numbers (invariant) or booleans ("true", "false").</summary>
    public required FrozenDictionary<string, string> Metadata { get; init; }

    public required string Region { get; init; }

    public required string Zone { get; init; }

    public required string SubZone { get; init; }

    public required string UserAgentName { get; init; }

    public required string UserAgentVersion { get; init; }

    public required FrozenSet<string> ClientFeatures { get; init; }

    /// <summary>Content hash of the whole description; a good key for memoising per node.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads the node of a first request.</summary>
    public static NodeInfo Parse(Pb.Node? node)
    {
        node ??= new Pb.Node();
        var metadata = Scalars(node.Metadata);
        var parts = node.Id.Split('~');
        var isOurs = parts.Length == 4;
        var (pod, ns) = isOurs ? SplitPod(parts[2]) : ("", "");
        if (ns.Length == 0)
        {
            ns = metadata.GetValueOrDefault("NAMESPACE", DefaultNamespace);
        }
        return new NodeInfo(XdsResource.Create("node", node).Version)
        {
            Id = node.Id,
            Kind = KindOf(node, metadata),
            PodName = pod.Length > 0 ? pod : metadata.GetValueOrDefault("NAME", ""),
            Namespace = ns,
            Ip = isOurs && parts[1].Length > 0 ? parts[1] : metadata.GetValueOrDefault("INSTANCE_IPS", "").Split(',')[0].Trim(),
            DnsDomain = isOurs && parts[3].Length > 0 ? parts[3] : ns + ".svc.cluster.local",
            Labels =
                node.Metadata?.Fields.TryGetValue("LABELS", out var labels) == true
                    ? Scalars(labels.StructValue)
                    : FrozenDictionary<string, string>.Empty,
            Metadata = metadata,
            Region = node.Locality?.Region ?? "",
            Zone = node.Locality?.Zone ?? "",
            SubZone = node.Locality?.SubZone ?? "",
            UserAgentName = node.UserAgentName,
            UserAgentVersion = VersionOf(node),
            ClientFeatures = node.ClientFeatures.ToFrozenSet(StringComparer.Ordinal),
        };
    }

    public bool Equals(NodeInfo? other) => other is not null && Fingerprint == other.Fingerprint;

    public override bool Equals(object? obj) => Equals(obj as NodeInfo);

    public override int GetHashCode() => Fingerprint.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => $"{Id} ({Kind})";

    // Istio's bootstraps for gRPC libraries ask with GENERATOR; others are known by what they call themselves.
    private static NodeKind KindOf(Pb.Node node, FrozenDictionary<string, string> metadata) =>
        metadata.GetValueOrDefault("GENERATOR") == "grpc" ? NodeKind.Grpc
        : node.UserAgentName.StartsWith("gRPC", StringComparison.OrdinalIgnoreCase) ? NodeKind.Grpc
        : node.Id.StartsWith("router~", StringComparison.Ordinal) ? NodeKind.Gateway
        : NodeKind.Sidecar;

    /// <summary>A pod's name may contain dots, a namespace may not.</summary>
    private static (string Pod, string Namespace) SplitPod(string text)
    {
        var dot = text.LastIndexOf('.');
        return dot < 0 ? (text, "") : (text[..dot], text[(dot + 1)..]);
    }

    private static string VersionOf(Pb.Node node)
    {
        if (node.UserAgentVersionTypeCase != Pb.Node.UserAgentVersionTypeOneofCase.UserAgentBuildVersion)
        {
            return node.UserAgentVersion;
        }
        var version = node.UserAgentBuildVersion.Version;
        return version is null ? "" : $"{version.MajorNumber}.{version.MinorNumber}.{version.Patch}";
    }

    private static FrozenDictionary<string, string> Scalars(Struct? values)
    {
        if (values is null)
        {
            return FrozenDictionary<string, string>.Empty;
        }
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in values.Fields)
        {
            switch (value.KindCase)
            {
                case Value.KindOneofCase.StringValue:
                    result.Add(key, value.StringValue);
                    break;
                case Value.KindOneofCase.NumberValue:
                    result.Add(key, value.NumberValue.ToString(System.Globalization.CultureInfo.InvariantCulture));
                    break;
                case Value.KindOneofCase.BoolValue:
                    result.Add(key, value.BoolValue ? "true" : "false");
                    break;
            }
        }
        return result.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
