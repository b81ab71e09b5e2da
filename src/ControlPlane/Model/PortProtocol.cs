namespace Mesh.ControlPlane.Model;

/// <summary>What is spoken on a port, from <c>appProtocol</c>, the port name's prefix, or the ServiceEntry; <c>Unknown</c> is sniffed.</summary>
internal enum PortProtocol
{
    Unknown,
    Http,
    Http2,
    Grpc,
    Https,
    Tls,
    Tcp,
    Udp,
}
