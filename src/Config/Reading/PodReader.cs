using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads what a mesh needs of a Pod's spec and status.</summary>
internal static class PodReader
{
    internal static PodSpec Read(ObjectReader root)
    {
        // A test's or a person's Pod may say only where it is and how it is labelled, which is all that routing needs.
        var pod = root.Object("spec", ReadSpec) ?? new PodSpec();
        return root.Object("status", status => ReadStatus(status, pod)) ?? pod;
    }

    private static PodSpec ReadSpec(ObjectReader reader)
    {
        // A restartable init container is a sidecar: its ports serve like those of the others.
        var restartable = reader.List(
            "initContainers",
            container => (Container: ReadContainer(container), Always: container.Text("restartPolicy") == "Always").ToTuple()
        );
        return new()
        {
            ServiceAccountName = reader.Text("serviceAccountName") is { Length: > 0 } name ? name : "default",
            NodeName = reader.Text("nodeName"),
            HostNetwork = reader.Boolean("hostNetwork") ?? false,
            Hostname = reader.Text("hostname"),
            Subdomain = reader.Text("subdomain"),
            Containers = [.. reader.List("containers", ReadContainer), .. restartable.Where(init => init.Item2).Select(init => init.Item1)],
        };
    }

    private static PodSpec ReadStatus(ObjectReader reader, PodSpec pod)
    {
        var addresses = reader.List("podIPs", address => address.Text("ip") ?? "").RemoveAll(address => address.Length == 0);
        var main = reader.Text("podIP");
        var conditions = reader.List("conditions", condition => Tuple.Create(condition.Text("type"), condition.Text("status")));
        return pod with
        {
            PodIPs = addresses.IsEmpty && main is { Length: > 0 } ? [main] : addresses,
            Phase = reader.Text("phase"),
            Ready = conditions.FirstOrDefault(condition => condition.Item1 == "Ready") is { } ready ? ready.Item2 == "True" : null,
        };
    }

    private static ContainerSpec ReadContainer(ObjectReader reader) =>
        new() { Name = reader.Text("name") ?? "", Ports = reader.List("ports", ReadPort) };

    private static ContainerPortSpec ReadPort(ObjectReader reader) =>
        new()
        {
            Name = reader.Text("name"),
            Port = reader.RequiredPort("containerPort"),
            Protocol = reader.Text("protocol") ?? "TCP",
        };
}
