using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>One port of a visible service.</summary>
internal readonly record struct PortService(VisibleService Service, ServicePort Port)
{
    public bool IsHttp => Port.Protocol is PortProtocol.Http or PortProtocol.Http2 or PortProtocol.Grpc;

    /// <summary>Nobody said what is spoken: HTTP if the first bytes look like it.</summary>
    public bool IsSniffed => Port.Protocol is PortProtocol.Unknown;

    public bool IsTls => Port.Protocol is PortProtocol.Https or PortProtocol.Tls;
}
