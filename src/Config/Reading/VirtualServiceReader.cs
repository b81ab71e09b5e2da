using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads a VirtualService but for its HTTP rules.</summary>
internal static class VirtualServiceReader
{
    internal static VirtualServiceSpec Read(ObjectReader reader) =>
        new()
        {
            Hosts = reader.Texts("hosts"),
            Gateways = reader.Texts("gateways"),
            Http = reader.List("http", HttpRouteReader.Read),
            Tls = reader.List("tls", ReadTls),
            Tcp = reader.List("tcp", ReadTcp),
            ExportTo = reader.Texts("exportTo"),
        };

    internal static DestinationSpec ReadDestination(ObjectReader reader) =>
        new()
        {
            Host = reader.RequiredText("host"),
            Subset = reader.Text("subset"),
            Port = reader.Value("port", port => port.RequiredPort("number"), "an object with number"),
        };

    private static TlsRouteSpec ReadTls(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Match = reader.List("match", ReadTlsMatch),
            Route = reader.List("route", ReadL4Destination),
        };

    private static TlsMatchSpec ReadTlsMatch(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            SniHosts = reader.Texts("sniHosts"),
            DestinationSubnets = reader.Texts("destinationSubnets"),
            Port = reader.Port("port"),
            SourceLabels = reader.TextMap("sourceLabels"),
            SourceNamespace = reader.Text("sourceNamespace"),
            Gateways = reader.Texts("gateways"),
        };

    private static TcpRouteSpec ReadTcp(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Match = reader.List("match", ReadL4Match),
            Route = reader.List("route", ReadL4Destination),
        };

    private static L4MatchSpec ReadL4Match(ObjectReader reader)
    {
        reader.Ignore("sourceSubnet"); // reserved by the API, without effect
        return new()
        {
            Location = reader.Location,
            DestinationSubnets = reader.Texts("destinationSubnets"),
            Port = reader.Port("port"),
            SourceLabels = reader.TextMap("sourceLabels"),
            SourceNamespace = reader.Text("sourceNamespace"),
            Gateways = reader.Texts("gateways"),
        };
    }

    private static L4DestinationSpec ReadL4Destination(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Destination = reader.Required("destination", ReadDestination, "an object with host"),
            Weight = reader.Integer("weight") ?? 0,
        };
}
