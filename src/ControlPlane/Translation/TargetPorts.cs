using Mesh.Config;
using Mesh.Config.Specs;

namespace Mesh.ControlPlane.Translation;

/// <summary>Which port of a workload a service port means.</summary>
internal static class TargetPorts
{
    /// <summary>Null where the port is targeted by a name that the pod does not have.</summary>
    public static int? Of(ServicePortSpec port, ConfigObject<PodSpec> pod)
    {
        if (port.TargetPortName is not { Length: > 0 } name)
        {
            return port.TargetPort ?? port.Port;
        }

        foreach (var container in pod.Spec.Containers)
        {
            foreach (var declared in container.Ports)
            {
                if (
                    string.Equals(declared.Name, name, StringComparison.Ordinal)
                    && string.Equals(declared.Protocol, port.Protocol, StringComparison.OrdinalIgnoreCase)
                )
                {
                    return declared.Port;
                }
            }
        }

        return null;
    }

    /// <summary>A WorkloadEntry may map the port by its name.</summary>
    public static int Of(string? portName, int? targetPort, int port, WorkloadEntrySpec entry) =>
        portName is not null && entry.Ports.TryGetValue(portName, out var mapped) ? mapped : targetPort ?? port;
}
