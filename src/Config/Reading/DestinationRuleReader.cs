using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads a DestinationRule but for the blocks of its policies.</summary>
internal static class DestinationRuleReader
{
    private static readonly EnumTable<ProxyProtocolVersion> ProxyProtocols = new(
        ("V1", ProxyProtocolVersion.V1),
        ("V2", ProxyProtocolVersion.V2)
    );

    internal static DestinationRuleSpec ReadRoot(ObjectReader root) =>
        root.Required("spec", Read) with
        {
            Extensions = DestinationRuleExtensionsReader.Read(root),
        };

    private static DestinationRuleSpec Read(ObjectReader reader) =>
        new()
        {
            Host = reader.RequiredText("host"),
            TrafficPolicy = reader.Object("trafficPolicy", ReadPolicy),
            Subsets = reader.List("subsets", ReadSubset),
            ExportTo = reader.Texts("exportTo"),
            WorkloadSelector =
                reader.Object("workloadSelector", selector => selector.TextMap("matchLabels"), "an object with matchLabels")
                ?? StringMap.Empty<string>(),
        };

    private static SubsetSpec ReadSubset(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Name = reader.RequiredText("name"),
            Labels = reader.TextMap("labels"),
            TrafficPolicy = reader.Object("trafficPolicy", ReadPolicy),
        };

    private static TrafficPolicySpec ReadPolicy(ObjectReader reader) =>
        new()
        {
            LoadBalancer = reader.Object("loadBalancer", LoadBalancerReader.Read),
            ConnectionPool = reader.Object("connectionPool", TrafficPolicyReader.ReadConnectionPool),
            OutlierDetection = reader.Object("outlierDetection", TrafficPolicyReader.ReadOutlierDetection),
            Tls = reader.Object("tls", TrafficPolicyReader.ReadTls),
            PortLevelSettings = reader.List("portLevelSettings", ReadPortPolicy),
            Tunnel = reader.Object("tunnel", ReadTunnel),
            ProxyProtocol = reader.Value("proxyProtocol", protocol => protocol.Enum("version", ProxyProtocols) ?? ProxyProtocolVersion.V1),
            RetryBudget = reader.Object("retryBudget", ReadRetryBudget),
        };

    private static PortTrafficPolicySpec ReadPortPolicy(ObjectReader reader)
    {
        var port = reader.Value("port", number => number.RequiredPort("number"), "an object with number");
        if (!reader.Has("port"))
        {
            reader.ReportMissing("port");
        }
        return new()
        {
            Location = reader.Location,
            Port = port ?? 0,
            LoadBalancer = reader.Object("loadBalancer", LoadBalancerReader.Read),
            ConnectionPool = reader.Object("connectionPool", TrafficPolicyReader.ReadConnectionPool),
            OutlierDetection = reader.Object("outlierDetection", TrafficPolicyReader.ReadOutlierDetection),
            Tls = reader.Object("tls", TrafficPolicyReader.ReadTls),
        };
    }

    private static TunnelSpec ReadTunnel(ObjectReader reader) =>
        new()
        {
            Protocol = reader.Text("protocol") ?? "CONNECT",
            TargetHost = reader.RequiredText("targetHost"),
            TargetPort = reader.RequiredPort("targetPort"),
        };

    private static RetryBudgetSpec ReadRetryBudget(ObjectReader reader) =>
        new()
        {
            // A DoubleValue, so a plain number, unlike the Percent messages of faults and mirrors (destination_rule.proto).
            Percent = reader.Percent("percent"),
            MinRetryConcurrency = reader.Integer("minRetryConcurrency"),
            BudgetInterval = reader.Duration("budgetInterval", allowZero: true),
        };
}
