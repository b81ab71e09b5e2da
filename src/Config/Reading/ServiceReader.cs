using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads what a mesh needs of a Service; session affinity and load-balancer settings have no meaning here.</summary>
internal static class ServiceReader
{
    internal static ServiceSpec Read(ObjectReader reader)
    {
        var clusterIp = reader.Text("clusterIP");
        var all = reader.Texts("clusterIPs");
        var addresses =
            all.Length > 0 ? all
            : clusterIp is { Length: > 0 } ? [clusterIp]
            : [];
        return new()
        {
            Type = reader.Text("type") ?? "ClusterIP",
            IsHeadless = addresses.Contains("None"),
            ClusterIPs = [.. addresses.Where(address => address is not ("None" or ""))],
            ExternalName = reader.Text("externalName"),
            Ports = reader.List("ports", ReadPort),
            Selector = reader.TextMap("selector"),
            PublishNotReadyAddresses = reader.Boolean("publishNotReadyAddresses") ?? false,
            TrafficDistribution = reader.Text("trafficDistribution"),
        };
    }

    private static ServicePortSpec ReadPort(ObjectReader reader)
    {
        var (number, name) = reader.PortOrName("targetPort");
        return new()
        {
            Location = reader.Location,
            Name = reader.Text("name"),
            Protocol = reader.Text("protocol") ?? "TCP",
            Port = reader.RequiredPort("port"),
            TargetPort = number,
            TargetPortName = name,
            AppProtocol = reader.Text("appProtocol"),
        };
    }
}
