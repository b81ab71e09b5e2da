using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security.Tls;

namespace Mesh.Proxy.Configuration;

/// <summary>One filter chain: which connections it takes and what becomes of them. Exactly one of the three destinations is set.</summary>
internal sealed record ChainPlan
{
    /// <summary>For messages.</summary>
    public string Name { get; init; } = "";

    /// <summary>Takes what no other chain takes.</summary>
    public bool IsDefault { get; init; }

    /// <summary>The original destination's addresses; empty for every one.</summary>
    public ImmutableArray<IPNetwork> Ranges { get; init; } = [];

    /// <summary>Names that TLS clients ask for, exact or <c>*.suffix</c>, in lower case; empty for connections of every kind.</summary>
    public ImmutableArray<string> ServerNames { get; init; } = [];

    /// <summary>Only TLS connections.</summary>
    public bool TlsOnly { get; init; }

    /// <summary>Asks for more than a port.</summary>
    public bool IsFiner => !Ranges.IsEmpty || !ServerNames.IsEmpty || TlsOnly;

    /// <summary>Protocols of which TLS clients must offer one by ALPN; empty for any or none.</summary>
    public ImmutableArray<string> Offered { get; init; } = [];

    /// <summary>How TLS ends here; null where it does not.</summary>
    public TlsServerSettings? Tls { get; init; }

    /// <summary>The original destination's port; 0 for every port.</summary>
    public int Port { get; init; }

    /// <summary>Name of the RDS resource with the routes.</summary>
    public string? RouteName { get; init; }

    /// <summary>Routes written in the listener itself, without clusters.</summary>
    public RouteTable? Routes { get; init; }

    /// <summary>Where TCP connections go, without clusters.</summary>
    public WeightedDestinations? Tcp { get; init; }

    /// <summary>What is asked of this traffic before it goes where the chain says.</summary>
    public ChainSecurity Security { get; init; } = ChainSecurity.None;

    public bool IsHttp => RouteName is not null || Routes is not null;
}
