using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads a Sidecar.</summary>
internal static class SidecarReader
{
    private static readonly EnumTable<CaptureMode> CaptureModes = new(
        ("DEFAULT", CaptureMode.Default),
        ("IPTABLES", CaptureMode.IpTables),
        ("NONE", CaptureMode.None)
    );

    private static readonly EnumTable<OutboundTrafficMode> OutboundModes = new(
        ("REGISTRY_ONLY", OutboundTrafficMode.RegistryOnly),
        ("ALLOW_ANY", OutboundTrafficMode.AllowAny)
    );

    internal static SidecarSpec Read(ObjectReader reader) =>
        new()
        {
            HasWorkloadSelector = reader.Has("workloadSelector"),
            WorkloadSelector =
                reader.Object("workloadSelector", selector => selector.TextMap("labels"), "an object with labels")
                ?? StringMap.Empty<string>(),
            Ingress = reader.List("ingress", ReadIngress),
            Egress = reader.List("egress", ReadEgress),
            OutboundTrafficPolicy = reader.Object(
                "outboundTrafficPolicy",
                policy => new OutboundTrafficPolicySpec
                {
                    // protobuf's first value, hence what an empty policy means
                    Mode = policy.Enum("mode", OutboundModes) ?? OutboundTrafficMode.RegistryOnly,
                    EgressProxy = policy.Object("egressProxy", VirtualServiceReader.ReadDestination, "an object with host"),
                }
            ),
            InboundConnectionPool = reader.Object("inboundConnectionPool", TrafficPolicyReader.ReadConnectionPool),
        };

    private static SidecarIngressSpec ReadIngress(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Port = reader.Required("port", GatewayReader.ReadPort, "an object with number, protocol and name"),
            Bind = reader.Text("bind"),
            CaptureMode = reader.Enum("captureMode", CaptureModes) ?? CaptureMode.Default,
            DefaultEndpoint = reader.Text("defaultEndpoint"),
            Tls = reader.Object("tls", GatewayReader.ReadTls),
            ConnectionPool = reader.Object("connectionPool", TrafficPolicyReader.ReadConnectionPool),
        };

    private static SidecarEgressSpec ReadEgress(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Port = reader.Object("port", GatewayReader.ReadPort, "an object with number, protocol and name"),
            Bind = reader.Text("bind"),
            CaptureMode = reader.Enum("captureMode", CaptureModes) ?? CaptureMode.Default,
            Hosts = reader.Texts("hosts"),
        };
}
