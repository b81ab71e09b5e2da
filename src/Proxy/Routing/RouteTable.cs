using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>
/// All virtual hosts of one route configuration, compiled: finds the virtual host by authority and in it the first rule that takes
/// the request. Exact domains beat suffix wildcards (longest first), those beat prefix wildcards (longest first), those beat <c>*</c>
/// (Envoy's domain search order). Allocates nothing per request.
/// </summary>
internal abstract class RouteTable
{
    /// <summary>The xDS name of the route configuration.</summary>
    public required string Name { get; init; }

    /// <summary>Version of the resource it was compiled from, for the access log and <c>/config_dump</c>.</summary>
    public required string Version { get; init; }

    public abstract ImmutableArray<VirtualHost> VirtualHosts { get; }

    /// <summary>Compiles the virtual hosts of one route configuration.</summary>
    /// <param name="ignorePort">Compares the authority without its port (Envoy, ignore_port_in_host_matching).</param>
    public static RouteTable Create(string name, string version, ImmutableArray<VirtualHost> virtualHosts, bool ignorePort = false) =>
        new HostRouteTable(virtualHosts, ignorePort) { Name = name, Version = version };

    /// <summary>
    /// One table over the tables of all ports, for clients that come without an original destination: <c>reviews:9080</c> asks port
    /// 9080's table; a bare <c>reviews</c> asks port 80's virtual host of that domain, or the only one where a single port has it.
    /// A port nobody has, and a bare host that several other ports have, is only taken by <c>*</c> (port 80's, or the lowest port's).
    /// </summary>
    public static RouteTable Merge(string name, string version, IEnumerable<(int Port, RouteTable Table)> tables) =>
        new AuthorityRouteTable(tables) { Name = name, Version = version };

    /// <summary>A domain that two virtual hosts (or one, twice) claim, which makes a route configuration invalid; null where there is none.</summary>
    public static string? FirstDuplicateDomain(ImmutableArray<VirtualHost> virtualHosts)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        return virtualHosts.SelectMany(host => host.Domains).FirstOrDefault(domain => !seen.Add(domain));
    }

    /// <summary>The virtual host of the request's authority, null where no domain takes it.</summary>
    public abstract VirtualHost? FindHost(RequestHead head);

    /// <summary>Routes a request: host, first matching rule, and where that forwards, the destination whose turn it is.</summary>
    public RoutePlan Plan(RequestHead head)
    {
        var host = FindHost(head);
        var rule = host?.FirstMatch(head);
        return new RoutePlan(host, rule, rule?.Action is RuleAction.Forward forward ? forward.Destinations.Pick() : null);
    }
}
