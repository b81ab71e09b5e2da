using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads a workload outside of Kubernetes, alone or as an endpoint of a ServiceEntry.</summary>
internal static class WorkloadEntryReader
{
    internal static WorkloadEntrySpec Read(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Address = reader.Text("address"),
            Ports = reader.PortMap("ports"),
            Labels = reader.TextMap("labels"),
            Network = reader.Text("network"),
            Locality = reader.Text("locality"),
            Weight = reader.Integer("weight"),
            ServiceAccount = reader.Text("serviceAccount"),
        };
}
