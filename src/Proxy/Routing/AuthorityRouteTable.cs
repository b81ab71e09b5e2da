using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>The tables of all ports as one, asked by authority.</summary>
internal sealed class AuthorityRouteTable : RouteTable
{
    private const int DefaultPort = 80;

    private readonly FrozenDictionary<int, DomainIndex<VirtualHost>> _byPort;
    private readonly DomainIndex<VirtualHost> _bare;

    public AuthorityRouteTable(IEnumerable<(int Port, RouteTable Table)> tables)
    {
        var claims = new List<(string Domain, int Port, VirtualHost Host)>();
        var hosts = ImmutableArray.CreateBuilder<VirtualHost>();
        foreach (var (port, table) in tables.OrderBy(item => item.Port))
        {
            hosts.AddRange(table.VirtualHosts);
            foreach (var host in table.VirtualHosts)
            {
                foreach (var domain in host.Domains)
                {
                    var (name, written) = Domain.SplitPort(Domain.Normalize(domain));
                    // A domain with another port than its table's can only be meant by its own port.
                    claims.Add((Domain.Normalize(name), written == 0 ? port : written, host));
                }
            }
        }

        VirtualHosts = hosts.ToImmutable();
        _byPort = claims
            .GroupBy(claim => claim.Port)
            .ToFrozenDictionary(port => port.Key, port => new DomainIndex<VirtualHost>(port.Select(claim => (claim.Domain, claim.Host))));
        _bare = new(
            claims
                .GroupBy(claim => claim.Domain)
                .Where(domain => domain.Key == "*" || domain.Any(IsDefaultPort) || domain.All(claim => claim.Port == domain.First().Port))
                .Select(domain => (domain.Key, (domain.Any(IsDefaultPort) ? domain.First(IsDefaultPort) : domain.First()).Host))
        );
    }

    public override ImmutableArray<VirtualHost> VirtualHosts { get; }

    public override VirtualHost? FindHost(RequestHead head) =>
        head.AuthorityPort == 0 ? _bare.Find(head.Host)
        : _byPort.TryGetValue(head.AuthorityPort, out var domains) ? domains.Find(head.Host)
        : _bare.Any;

    private static bool IsDefaultPort((string Domain, int Port, VirtualHost Host) claim) => claim.Port == DefaultPort;
}
