using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>What is spoken on a port, from what its object declares.</summary>
internal static class PortProtocols
{
    // Server-first protocols would hang a proxy that waits for the client's first bytes: SMTP, DNS, MySQL, MongoDB.
    private static readonly int[] ServerFirstPorts = [25, 53, 3306, 27017];

    /// <summary>Of a Kubernetes Service: UDP, then <c>appProtocol</c>, then the prefix of the port's name, then well-known numbers.</summary>
    public static PortProtocol Of(ServicePortSpec port)
    {
        if (string.Equals(port.Protocol, "UDP", StringComparison.OrdinalIgnoreCase))
        {
            return PortProtocol.Udp;
        }

        var declared = Named(port.AppProtocol);
        if (declared == PortProtocol.Unknown)
        {
            declared = Prefixed(port.Name);
        }

        return declared == PortProtocol.Unknown && ServerFirstPorts.Contains(port.Port) ? PortProtocol.Tcp : declared;
    }

    /// <summary>Of a ServiceEntry or Sidecar: the protocol, then the prefix of the port's name.</summary>
    public static PortProtocol Of(PortSpec port)
    {
        var declared = Named(port.Protocol);
        return declared == PortProtocol.Unknown ? Prefixed(port.Name) : declared;
    }

    private static PortProtocol Prefixed(string? portName)
    {
        if (string.IsNullOrEmpty(portName))
        {
            return PortProtocol.Unknown;
        }

        if (portName.StartsWith("grpc-web", StringComparison.OrdinalIgnoreCase))
        {
            return PortProtocol.Http;
        }

        var dash = portName.IndexOf('-', StringComparison.Ordinal);
        return Named(dash < 0 ? portName : portName[..dash]);
    }

    private static PortProtocol Named(string? protocol) =>
        protocol?.ToLowerInvariant() switch
        {
            "http" or "grpc-web" or "kubernetes.io/ws" => PortProtocol.Http,
            "http2" or "kubernetes.io/h2c" => PortProtocol.Http2,
            "grpc" => PortProtocol.Grpc,
            "https" or "kubernetes.io/wss" => PortProtocol.Https,
            "tls" => PortProtocol.Tls,
            "tcp" or "mongo" or "redis" or "mysql" => PortProtocol.Tcp,
            "udp" => PortProtocol.Udp,
            _ => PortProtocol.Unknown,
        };
}
