using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Security;

namespace Mesh.Proxy.Configuration;

/// <summary>What compiling needs beside the resources: this proxy's start-up settings and the addresses that names resolved to.</summary>
internal sealed record CompileContext
{
    public required CaptureMode Capture { get; init; }

    /// <summary>Where this proxy opens inbound ports with capture none.</summary>
    public required IPAddress NodeAddress { get; init; }

    /// <summary>The application beside this proxy; null with capture redirect: where the connection was going.</summary>
    public required IPAddress? Application { get; init; }

    /// <summary>Sorted addresses by host name; a name that never resolved is not in it.</summary>
    public ImmutableDictionary<string, ImmutableArray<IPAddress>> Dns { get; init; } =
        ImmutableDictionary.Create<string, ImmutableArray<IPAddress>>(StringComparer.Ordinal);

    /// <summary>Who this proxy is to its peers, which handshakes ask; compiling does not. Null where it has no identity and will get none.</summary>
    public IdentityStore? Identity { get; init; }

    /// <summary>For balancers that go by time while they run; compiling asks it nothing.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// With capture none the proxy opens the pod's inbound ports itself, unless the application already listens at that very address:
    /// then only outbound traffic passes this proxy.
    /// </summary>
    public bool StandsInFront => Capture == CaptureMode.None && !NodeAddress.Equals(Application);

    public static CompileContext Of(ProxyOptions options) =>
        new()
        {
            Capture = options.Capture,
            NodeAddress = options.Node.Address,
            Application = options.App ?? (options.Capture == CaptureMode.None ? IPAddress.Loopback : null),
        };
}
