using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Configuration;

/// <summary>One filter chain: which connections it takes and what becomes of them. Exactly one of the three destinations is set.</summary>
internal sealed record ChainPlan
{
    /// <summary>The original destination's port; 0 for every port.</summary>
    public int Port { get; init; }

    /// <summary>Name of the RDS resource with the routes.</summary>
    public string? RouteName { get; init; }

    /// <summary>Routes written in the listener itself, without clusters.</summary>
    public RouteTable? Routes { get; init; }

    /// <summary>Where TCP connections go, without clusters.</summary>
    public WeightedDestinations? Tcp { get; init; }

    public bool IsHttp => RouteName is not null || Routes is not null;
}
