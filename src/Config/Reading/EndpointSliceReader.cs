using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads an EndpointSlice, whose fields stand beside its metadata.</summary>
internal static class EndpointSliceReader
{
    internal static EndpointSliceSpec Read(ObjectReader root) =>
        new()
        {
            AddressType = root.RequiredText("addressType"),
            Endpoints = root.List("endpoints", ReadEndpoint),
            Ports = root.List("ports", ReadPort),
        };

    private static EndpointSpec ReadEndpoint(ObjectReader reader)
    {
        // v1beta1 says node and zone by the labels of the node.
        var topology = reader.TextMap("topology");
        var endpoint = new EndpointSpec
        {
            Addresses = reader.Texts("addresses"),
            Hostname = reader.Text("hostname"),
            NodeName = reader.Text("nodeName") ?? topology.GetValueOrDefault("kubernetes.io/hostname"),
            Zone = reader.Text("zone") ?? topology.GetValueOrDefault("topology.kubernetes.io/zone"),
        };
        endpoint =
            reader.Object(
                "conditions",
                conditions =>
                    endpoint with
                    {
                        Ready = conditions.Boolean("ready"),
                        Serving = conditions.Boolean("serving"),
                        Terminating = conditions.Boolean("terminating"),
                    }
            ) ?? endpoint;
        return reader.Object(
                "targetRef",
                target =>
                    endpoint with
                    {
                        TargetKind = target.Text("kind"),
                        TargetName = target.Text("name"),
                        TargetNamespace = target.Text("namespace"),
                    }
            ) ?? endpoint;
    }

    private static EndpointPortSpec ReadPort(ObjectReader reader) =>
        new()
        {
            Name = reader.Text("name"),
            Protocol = reader.Text("protocol") ?? "TCP",
            Port = reader.Port("port"),
            AppProtocol = reader.Text("appProtocol"),
        };
}
