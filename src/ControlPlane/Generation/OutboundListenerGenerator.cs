using System.Collections.Immutable;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// The listeners for what the application sends. One takes all captured connections and hands them over by original destination: HTTP of a port
/// shares <c>0.0.0.0_PORT</c> whatever the address, everything else has <c>VIP_PORT</c> where there is a VIP.
/// </summary>
internal static class OutboundListenerGenerator
{
    private const int OutboundPort = 15001;
    private const string Wildcard = "0.0.0.0";
    private const string Loopback = "127.0.0.1";

    /// <summary>Everything the application sends arrives here first; what no other listener takes goes where it was going, or nowhere.</summary>
    public static Pb.Listener VirtualOutbound(Client client) =>
        new()
        {
            Name = ResourceNames.VirtualOutbound,
            Address = XdsMessages.Address(Wildcard, OutboundPort),
            UseOriginalDst = true,
            TrafficDirection = Pb.TrafficDirection.Outbound,
            ListenerFilters = { XdsMessages.ListenerFilter(ExtensionNames.OriginalDst, new Pb.OriginalDst()) },
            DefaultFilterChain = To(Rest(client)),
        };

    /// <summary>The listeners of one captured port.</summary>
    public static IEnumerable<Pb.Listener> ForPort(PortPlan plan, Client client)
    {
        if (ForAnyAddress(plan, client) is { } any)
        {
            yield return any;
        }

        // Two services that claim one address: the first by name has it.
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in plan.Services.Where(entry => !entry.IsHttp))
        {
            foreach (var address in entry.Service.Shape.Addresses.Order(StringComparer.Ordinal).Where(taken.Add))
            {
                yield return ForAddress(ResourceNames.Listener(address, plan.Port), address, plan.Port, entry, client, bind: false);
            }
        }
    }

    /// <summary>A listener that a Sidecar asks for, at an address of its own: the proxy opens the socket, nothing needs to be captured.</summary>
    public static Pb.Listener? ForEgress(EgressListener egress, PortPlan plan, Client client)
    {
        var bind = BindOf(egress);
        var name = NameOf(egress);
        if (IsHttp(egress))
        {
            return Named(name, bind, plan.Port, bind: true, Http(name, name, null, client));
        }

        // Who connects here names nobody: the first service takes it, unless SNI tells several apart.
        var candidates = plan.Services.Where(entry => !entry.IsHttp).ToImmutableArray();
        if (candidates.IsEmpty)
        {
            candidates = plan.Services;
        }

        if (candidates.IsEmpty)
        {
            return null;
        }

        if (egress.Protocol is PortProtocol.Tls or PortProtocol.Https && candidates.Length > 1)
        {
            var listener = Named(name, bind, plan.Port, bind: true);
            AddTlsInspector(listener);
            AddBySni(listener, candidates, plan.Port, client);
            return listener;
        }

        return ForAddress(name, bind, plan.Port, candidates[0], client, bind: true);
    }

    /// <summary>The name of a Sidecar's listener, and of its routes: they are its own, not those of the port.</summary>
    public static string NameOf(EgressListener egress) => ResourceNames.Listener(BindOf(egress), egress.Port ?? 0);

    public static bool IsHttp(EgressListener egress) => egress.Protocol is PortProtocol.Http or PortProtocol.Http2 or PortProtocol.Grpc;

    /// <summary>Where connections go that nothing in the mesh describes.</summary>
    private static string Rest(Client client) => client.RegistryOnly ? ResourceNames.BlackHole : ResourceNames.Passthrough;

    private static Pb.FilterChain To(string cluster) => XdsMessages.Chain(cluster, null, XdsMessages.TcpProxy(cluster, cluster));

    private static string BindOf(EgressListener egress) => string.IsNullOrEmpty(egress.Bind) ? Loopback : egress.Bind;

    private static Pb.Listener? ForAnyAddress(PortPlan plan, Client client)
    {
        var name = ResourceNames.Listener(Wildcard, plan.Port);
        var addressless = plan.Services.Where(entry => entry.Service.Shape.Addresses.IsEmpty).ToImmutableArray();
        var byName = addressless.Where(entry => entry.IsTls).ToImmutableArray();
        var byPod = addressless.Where(entry => entry.IsDialedByPod).ToImmutableArray();
        var tcp = addressless.FirstOrDefault(entry => entry.Port.Protocol == PortProtocol.Tcp && !entry.IsDialedByPod);
        var sniffed = addressless.Any(entry => entry.IsSniffed);
        var declared = !plan.BareHosts.IsEmpty || plan.Services.Any(entry => entry.IsHttp);
        // Undeclared services with an address are here too: without capture nobody knows the address that was meant.
        var http = declared || plan.Services.Any(entry => entry.IsSniffed);
        if (!http && byName.IsEmpty && byPod.IsEmpty && tcp.Service is null)
        {
            return null;
        }

        var listener = Named(name, Wildcard, plan.Port, bind: false);
        if (!byName.IsEmpty)
        {
            AddTlsInspector(listener);
            AddBySni(listener, byName, plan.Port, client);
        }

        // As Istio's listeners of single pods, but one for all: what is dialled tells headless services apart.
        foreach (var entry in byPod)
        {
            if (entry.PodAddresses().ToImmutableArray() is { IsEmpty: false } pods)
            {
                AddDistinct(listener, TcpChainGenerator.Generate(entry, plan.Port, client, [], pods), withDefault: false);
            }
        }

        // What is matched by address is matched by nothing else: HTTP to those of them that may speak it needs a chain beside that.
        var declaredPods = byPod.Where(entry => !entry.IsSniffed).SelectMany(entry => entry.PodAddresses());
        if (
            byPod.Where(entry => entry.IsSniffed).SelectMany(entry => entry.PodAddresses()).Except(declaredPods).ToArray() is
            { Length: > 0 } mayBe
        )
        {
            var match = XdsMessages.SniffedHttp();
            match.PrefixRanges.AddRange(mayBe.Order(StringComparer.Ordinal).Select(TcpChainGenerator.Range));
            listener.FilterChains.Add(Http(name + "_pods", ResourceNames.RouteForPort(plan.Port), match, client));
        }

        if (tcp.Service is not null)
        {
            // Without an address nothing tells two of them apart: the first by name has the port.
            AddDefault(listener, TcpChainGenerator.Generate(tcp, plan.Port, client, []));
        }
        else if (sniffed)
        {
            // No address, no HTTP: a pod of a headless service, dialled by its own address.
            listener.DefaultFilterChain = To(ResourceNames.Passthrough);
        }
        else if (!byName.IsEmpty || !byPod.IsEmpty || !declared)
        {
            // An address or a name that is nobody's, at a port that somebody has: as if nobody had it.
            listener.DefaultFilterChain = To(Rest(client));
        }

        if (http)
        {
            var mixed = listener.DefaultFilterChain is not null;
            AddHttpInspector(listener, mixed);
            listener.FilterChains.Add(Http(name, ResourceNames.RouteForPort(plan.Port), mixed ? XdsMessages.SniffedHttp() : null, client));
        }

        return listener;
    }

    private static Pb.Listener ForAddress(string name, string address, int port, PortService entry, Client client, bool bind)
    {
        var listener = Named(name, address, port, bind);
        var chains = TcpChainGenerator.Generate(entry, port, client, []).ToImmutableArray();
        if (chains.Any(chain => chain.FilterChainMatch is { } match && (match.ServerNames.Count > 0 || match.TransportProtocol.Length > 0)))
        {
            AddTlsInspector(listener);
        }

        AddDefault(listener, chains);
        if (entry.IsSniffed && !bind)
        {
            AddHttpInspector(listener, true);
            listener.FilterChains.Add(Http(name, ResourceNames.RouteForPort(port), XdsMessages.SniffedHttp(), client));
        }

        return listener;
    }

    private static void AddBySni(Pb.Listener listener, ImmutableArray<PortService> services, int port, Client client) =>
        AddDistinct(
            listener,
            services.SelectMany(entry => TcpChainGenerator.Generate(entry, port, client, [entry.Service.Shape.Host])),
            withDefault: false
        );

    /// <summary>What an earlier chain takes is taken: two chains that ask the same make a listener invalid.</summary>
    private static void AddDistinct(Pb.Listener listener, IEnumerable<Pb.FilterChain> chains, bool withDefault)
    {
        var taken = listener
            .FilterChains.Where(chain => chain.FilterChainMatch?.ApplicationProtocols.Count == 0)
            .SelectMany(chain => Keys(chain.FilterChainMatch))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var chain in chains)
        {
            if (chain.FilterChainMatch is not { } match)
            {
                if (withDefault)
                {
                    listener.DefaultFilterChain ??= chain;
                }

                continue;
            }

            // A name is free where it is so for every range; a chain without names stands or falls as a whole.
            var free = match.ServerNames.Where(name => Keys(match, name).All(key => !taken.Contains(key))).ToArray();
            if (match.ServerNames.Count > 0 ? free.Length > 0 : Keys(match).All(key => !taken.Contains(key)))
            {
                match.ServerNames.Clear();
                match.ServerNames.AddRange(free);
                taken.UnionWith(Keys(match));
                listener.FilterChains.Add(chain);
            }
        }
    }

    private static IEnumerable<string> Keys(Pb.FilterChainMatch match) =>
        match.ServerNames.Count == 0 ? Keys(match, match.TransportProtocol) : match.ServerNames.SelectMany(name => Keys(match, name));

    private static IEnumerable<string> Keys(Pb.FilterChainMatch match, string name) =>
        match.PrefixRanges.Count == 0
            ? [name + "|"]
            : match.PrefixRanges.Select(range => $"{name}|{range.AddressPrefix}/{range.PrefixLen}");

    private static void AddDefault(Pb.Listener listener, IEnumerable<Pb.FilterChain> chains) =>
        AddDistinct(listener, chains, withDefault: true);

    private static Pb.FilterChain Http(string listener, string routes, Pb.FilterChainMatch? match, Client client) =>
        XdsMessages.Chain(listener, match, HttpConnectionManagerGenerator.ForRoutes("outbound_" + listener, routes, client.Settings));

    private static void AddTlsInspector(Pb.Listener listener) =>
        listener.ListenerFilters.Add(XdsMessages.ListenerFilter(ExtensionNames.TlsInspector, new Pb.TlsInspector()));

    private static void AddHttpInspector(Pb.Listener listener, bool needed)
    {
        if (needed)
        {
            listener.ListenerFilters.Add(XdsMessages.ListenerFilter(ExtensionNames.HttpInspector, new Pb.HttpInspector()));
        }
    }

    private static Pb.Listener Named(string name, string address, int port, bool bind, params IEnumerable<Pb.FilterChain> chains)
    {
        var listener = new Pb.Listener
        {
            Name = name,
            Address = XdsMessages.Address(address, port),
            BindToPort = bind,
            TrafficDirection = Pb.TrafficDirection.Outbound,
        };
        listener.FilterChains.AddRange(chains);
        return listener;
    }
}
