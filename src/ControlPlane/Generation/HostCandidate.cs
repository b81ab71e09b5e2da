using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>A name that can be dialled at one port: a service's, or one that only routes know.</summary>
internal readonly record struct HostCandidate(PortService Service, HostRoutes? Bare)
{
    public string Host => Bare?.Host ?? Service.Service.Shape.Host;

    public RouteSet? Routes => Bare is null ? Service.Service.Routes : Bare.Routes;

    /// <summary>Whether both have the same names; their routes may differ.</summary>
    public bool HasNamesOf(HostCandidate other) =>
        Bare is null
            ? other.Bare is null
                && ReferenceEquals(Service.Service.Shape, other.Service.Service.Shape)
                && Service.Port == other.Service.Port
            : other.Bare is not null && Bare.Host == other.Bare.Host;
}
