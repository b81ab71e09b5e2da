using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The filter chains of a port that is not HTTP: one per tcp or tls rule, and the service itself for what no rule takes.</summary>
internal static class TcpChainGenerator
{
    // TLS with any server name or none; xDS has no wildcard for it.
    private const string EveryName = "*";

    /// <param name="serverNames">How the service is told apart where it has no address of its own: by SNI; empty where the listener is its own.</param>
    /// <param name="addresses">How it is told apart otherwise: by the addresses of its pods; default where those do not count.</param>
    public static IEnumerable<Pb.FilterChain> Generate(
        PortService entry,
        int port,
        Client client,
        ImmutableArray<string> serverNames,
        ImmutableArray<string> addresses = default
    )
    {
        addresses = addresses.IsDefault ? [] : addresses;
        var host = entry.Service.Shape.Host;
        var own = ResourceNames.Outbound(entry.Port.Number, host);
        var byName = false;
        var index = -1;
        foreach (var rule in entry.Service.Routes?.Tcp ?? [])
        {
            index++;
            if (!Applicability.Applies(rule, port, client))
            {
                continue;
            }

            byName |= !rule.SniHosts.IsEmpty;
            yield return XdsMessages.Chain(
                $"{host}/{index}",
                MatchOf(
                    rule.SniHosts.IsEmpty ? serverNames : rule.SniHosts,
                    rule.DestinationSubnets.IsEmpty ? addresses : rule.DestinationSubnets
                ),
                Proxy(
                    rule.Destinations,
                    entry.Port.Number,
                    own,
                    HashPolicyGenerator.ForTcp(rule.Destinations.Select(d => client.HashOf(d, entry.Port.Number)))
                )
            );
            if (rule.SniHosts.IsEmpty && rule.DestinationSubnets.IsEmpty)
            {
                // It takes everything of this service.
                yield break;
            }
        }

        // As in Istio: who writes rules by name for a port of TLS says by them all that may be reached there.
        if (!(byName && entry.IsTls))
        {
            yield return XdsMessages.Chain(
                host,
                MatchOf(serverNames, addresses),
                XdsMessages.TcpProxy(own, own, HashPolicyGenerator.ForTcp([Client.HashOf(entry.Service, "", entry.Port.Number)]))
            );
        }
    }

    private static Pb.Filter Proxy(
        ImmutableArray<WeightedDestination> destinations,
        int port,
        string statPrefix,
        ImmutableArray<Pb.HashPolicy> hashPolicies
    )
    {
        var taking = destinations.Length == 1 ? destinations : [.. destinations.Where(destination => destination.Weight > 0)];
        switch (taking)
        {
            case []:
                // Nobody takes a share: refuse, rather than guess one.
                return XdsMessages.TcpProxy(statPrefix, ResourceNames.BlackHole);
            case [var only]:
                return XdsMessages.TcpProxy(statPrefix, RouteActionGenerator.ClusterOf(only, port), hashPolicies);
        }

        var proxy = new Pb.TcpProxy
        {
            StatPrefix = statPrefix,
            WeightedClusters = new(),
            IdleTimeout = XdsMessages.NoTimeout,
        };
        proxy.HashPolicy.AddRange(hashPolicies);
        proxy.WeightedClusters.Clusters.AddRange(
            taking.Select(destination => new Pb.TcpProxy.Types.WeightedCluster.Types.ClusterWeight
            {
                Name = RouteActionGenerator.ClusterOf(destination, port),
                Weight = destination.Weight,
            })
        );
        return XdsMessages.Filter(ExtensionNames.TcpProxy, proxy);
    }

    private static Pb.FilterChainMatch? MatchOf(ImmutableArray<string> serverNames, ImmutableArray<string> subnets)
    {
        if (serverNames.IsEmpty && subnets.IsEmpty)
        {
            return null;
        }

        var match = new Pb.FilterChainMatch();
        if (serverNames.Contains(EveryName, StringComparer.Ordinal))
        {
            match.TransportProtocol = "tls";
        }
        else
        {
            match.ServerNames.AddRange(serverNames);
        }

        match.PrefixRanges.AddRange(subnets.Select(Range));
        return match;
    }

    /// <summary>An address, or a subnet with its length.</summary>
    public static Pb.CidrRange Range(string subnet)
    {
        var slash = subnet.IndexOf('/', StringComparison.Ordinal);
        var address = slash < 0 ? subnet : subnet[..slash];
        var length =
            slash >= 0 ? uint.Parse(subnet.AsSpan(slash + 1), CultureInfo.InvariantCulture)
            : IPAddress.Parse(address).GetAddressBytes().Length == 4 ? 32u
            : 128u;
        return new() { AddressPrefix = address, PrefixLen = length };
    }
}
