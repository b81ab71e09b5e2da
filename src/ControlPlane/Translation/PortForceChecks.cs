using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Names ports that sidecars cannot serve yet: TLS without an address, which only the server name tells from others.</summary>
internal static class PortForceChecks
{
    public static void Check(
        ConfigObject service,
        ServicePort port,
        ImmutableArray<string> addresses,
        FieldPath path,
        SourceLocation location,
        Findings findings
    )
    {
        if (port.Protocol is PortProtocol.Tls or PortProtocol.Https && addresses.IsEmpty)
        {
            findings.NotInForce(
                service,
                path,
                "sidecars do not tell connections apart by server name, and without an address nothing else tells those to port "
                    + $"{port.Number} apart, so TCP and TLS connections captured there are closed",
                location
            );
        }
    }
}
