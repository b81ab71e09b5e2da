using System.Net;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>One port of a visible service.</summary>
internal readonly record struct PortService(VisibleService Service, ServicePort Port)
{
    public bool IsHttp => Port.Protocol is PortProtocol.Http or PortProtocol.Http2 or PortProtocol.Grpc;

    /// <summary>Nobody said what is spoken: HTTP if the first bytes look like it.</summary>
    public bool IsSniffed => Port.Protocol is PortProtocol.Unknown;

    public bool IsTls => Port.Protocol is PortProtocol.Https or PortProtocol.Tls;

    /// <summary>Its pods are dialled by their own addresses, by clients that mean the very pod unless they speak HTTP.</summary>
    public bool IsDialedByPod => !IsHttp && Service.Shape.Resolution == ServiceResolution.Headless;

    /// <summary>Those addresses, each once, in order.</summary>
    public IEnumerable<string> PodAddresses() =>
        Service
            .EndpointsAt(Port)
            .Select(endpoint => endpoint.Address)
            .Where(address => IPAddress.TryParse(address, out _))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
}
