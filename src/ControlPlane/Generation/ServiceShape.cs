using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// A service without its endpoints: all that listeners, routes and most clusters depend on. Kept by reference from snapshot to snapshot while
/// its content stays, so that an endpoint change is seen to change nothing but endpoints.
/// </summary>
internal sealed class ServiceShape
{
    private ServiceShape(Service service)
    {
        Host = service.Host;
        Namespace = service.Namespace;
        Origin = service.Origin;
        Resolution = service.Resolution;
        Aliases = service.Aliases;
        Addresses = service.Addresses;
        Ports = service.Ports;
        SubjectAltNames = service.SubjectAltNames;
    }

    public string Host { get; }

    public string Namespace { get; }

    public ServiceOrigin Origin { get; }

    public ServiceResolution Resolution { get; }

    public ImmutableArray<string> Aliases { get; }

    public ImmutableArray<string> Addresses { get; }

    public ImmutableArray<ServicePort> Ports { get; }

    /// <summary>Names that a ServiceEntry says its servers' certificates have.</summary>
    public ImmutableArray<string> SubjectAltNames { get; }

    /// <summary>The older shape if it still fits, else a new one.</summary>
    public static ServiceShape Of(Service service, ServiceShape? before) => before?.Fits(service) == true ? before : new(service);

    private bool Fits(Service service) =>
        string.Equals(Host, service.Host, StringComparison.Ordinal)
        && string.Equals(Namespace, service.Namespace, StringComparison.Ordinal)
        && Origin == service.Origin
        && Resolution == service.Resolution
        && Aliases.SequenceEqual(service.Aliases, StringComparer.Ordinal)
        && Addresses.SequenceEqual(service.Addresses, StringComparer.Ordinal)
        && Ports.SequenceEqual(service.Ports)
        && SubjectAltNames.SequenceEqual(service.SubjectAltNames, StringComparer.Ordinal);
}
