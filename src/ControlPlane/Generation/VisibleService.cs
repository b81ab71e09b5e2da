using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>A service as one kind of client sees it: with the VirtualService and the DestinationRule that hold for this client.</summary>
internal sealed record VisibleService(
    ServiceShape Shape,
    ImmutableArray<ServiceEndpoint> Endpoints,
    RouteSet? Routes,
    DestinationPolicy? Policy
)
{
    /// <summary>See <see cref="Service.Accounts"/>.</summary>
    public string Accounts { get; init; } = "";

    /// <summary>See <see cref="Service.HasSidecars"/>.</summary>
    public bool HasSidecars { get; init; }

    public IEnumerable<ServiceEndpoint> EndpointsAt(ServicePort port) =>
        Endpoints.Where(endpoint => endpoint.ServicePortNumber == port.Number);
}
