using System.Reflection;
using Google.Protobuf.WellKnownTypes;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Discovery;

/// <summary>Says who this proxy is, in the first request of a stream; metadata keys as Istio's proxies send them.</summary>
internal static class NodeDescription
{
    public const string UserAgent = "mesh-proxy";

    /// <summary>This build's version, without the commit that the compiler appends.</summary>
    public static string Version { get; } =
        (typeof(NodeDescription).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split(
            '+'
        )[0];

    public static Pb.Node Of(ProxyOptions options)
    {
        var node = options.Node;
        var metadata = new Struct();
        metadata.Fields["NAME"] = Value.ForString(node.Pod);
        metadata.Fields["NAMESPACE"] = Value.ForString(node.Namespace);
        metadata.Fields["POD_IPS"] = Value.ForString(node.Address.ToString());
        metadata.Fields["INSTANCE_IPS"] = Value.ForString(node.Address.ToString());
        metadata.Fields["SERVICE_ACCOUNT"] = Value.ForString(options.ServiceAccount);
        metadata.Fields["INTERCEPTION_MODE"] = Value.ForString(options.Capture.ToString().ToUpperInvariant());
        metadata.Fields["MESH_VERSION"] = Value.ForString(Version);
        return new Pb.Node
        {
            Id = node.Id,
            Cluster = $"{node.Pod}.{node.Namespace}",
            Metadata = metadata,
            UserAgentName = UserAgent,
            UserAgentVersion = Version,
        };
    }
}
