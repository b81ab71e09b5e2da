using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads a ServiceEntry.</summary>
internal static class ServiceEntryReader
{
    private static readonly EnumTable<ServiceEntryLocation> Locations = new(
        ("MESH_EXTERNAL", ServiceEntryLocation.MeshExternal),
        ("MESH_INTERNAL", ServiceEntryLocation.MeshInternal)
    );

    private static readonly EnumTable<ServiceEntryResolution> Resolutions = new(
        ("NONE", ServiceEntryResolution.None),
        ("STATIC", ServiceEntryResolution.Static),
        ("DNS", ServiceEntryResolution.Dns),
        ("DNS_ROUND_ROBIN", ServiceEntryResolution.DnsRoundRobin),
        ("DYNAMIC_DNS", ServiceEntryResolution.DynamicDns)
    );

    internal static ServiceEntrySpec Read(ObjectReader reader)
    {
        reader.Exclusive("endpoints", "workloadSelector");
        return new()
        {
            Hosts = reader.Texts("hosts"),
            Addresses = reader.Texts("addresses"),
            Ports = reader.List("ports", GatewayReader.ReadPort),
            ServiceLocation = reader.Enum("location", Locations) ?? ServiceEntryLocation.MeshExternal,
            Resolution = reader.Enum("resolution", Resolutions) ?? ServiceEntryResolution.None,
            Endpoints = reader.List("endpoints", WorkloadEntryReader.Read),
            WorkloadSelector =
                reader.Object("workloadSelector", selector => selector.TextMap("labels"), "an object with labels")
                ?? StringMap.Empty<string>(),
            ExportTo = reader.Texts("exportTo"),
            SubjectAltNames = reader.Texts("subjectAltNames"),
        };
    }
}
