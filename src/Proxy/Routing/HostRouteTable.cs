using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>The table of one route configuration.</summary>
internal sealed class HostRouteTable : RouteTable
{
    private readonly DomainIndex<VirtualHost> _domains;
    private readonly bool _ignorePort;

    public HostRouteTable(ImmutableArray<VirtualHost> virtualHosts, bool ignorePort)
    {
        VirtualHosts = virtualHosts;
        _ignorePort = ignorePort;
        _domains = new(virtualHosts.SelectMany(host => host.Domains.Select(domain => (domain, host))));
    }

    public override ImmutableArray<VirtualHost> VirtualHosts { get; }

    public override VirtualHost? FindHost(RequestHead head) => _domains.Find(_ignorePort ? head.Host : head.Authority);
}
