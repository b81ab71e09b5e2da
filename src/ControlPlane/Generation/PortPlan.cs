using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>Everything that can be dialled at one port number: what listeners and the route configuration of that port are made from.</summary>
/// <param name="Port">As clients dial it; where a Sidecar opens a listener of its own it may differ from the services' port.</param>
/// <param name="Services">Sorted by host.</param>
/// <param name="BareHosts">Hosts of VirtualServices that no service has, sorted.</param>
internal sealed record PortPlan(int Port, ImmutableArray<PortService> Services, ImmutableArray<HostRoutes> BareHosts)
{
    /// <summary>Whether anybody here may speak HTTP.</summary>
    public bool HasRoutes => !BareHosts.IsEmpty || Services.Any(entry => entry.IsHttp || entry.IsSniffed);

    /// <summary>What the resources of this port depend on, for a <see cref="MemoKey"/>.</summary>
    public IEnumerable<object?> Inputs()
    {
        yield return Port;
        foreach (var entry in Services)
        {
            yield return entry.Service.Shape;
            yield return entry.Service.Routes;
            yield return entry.Port.Number;
        }

        foreach (var bare in BareHosts)
        {
            yield return bare.Host;
            yield return bare.Routes;
        }
    }

    /// <summary>What the listeners of the port depend on besides: the addresses of the pods that are dialled themselves.</summary>
    public IEnumerable<object?> Pods() => Services.Where(entry => entry.IsDialedByPod).Select(entry => (object?)entry.Service.Endpoints);
}
