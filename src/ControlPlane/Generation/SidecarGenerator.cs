using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.ControlPlane.Model;
using Mesh.Xds;

namespace Mesh.ControlPlane.Generation;

/// <summary>The resources of sidecars: the outbound side once per kind of client, the inbound side once per workload.</summary>
internal static class SidecarGenerator
{
    /// <summary>Everything that does not depend on the workload itself.</summary>
    public static SidecarOutbound Outbound(Client client, GenerationMemo memo)
    {
        var listeners = ImmutableArray.CreateBuilder<XdsResource>();
        var routes = ImmutableArray.CreateBuilder<XdsResource>();
        listeners.AddRange(
            memo.Resources(
                new MemoKey(["lds", ResourceNames.VirtualOutbound, client.RegistryOnly]),
                () => [(ResourceNames.VirtualOutbound, OutboundListenerGenerator.VirtualOutbound(client))]
            )
        );

        // Listeners of a Sidecar's own come first: where one binds the name of a captured port, the Sidecar meant it.
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var egress in client.OwnListeners)
        {
            var plan = client.PlanFor(egress);
            var name = OutboundListenerGenerator.NameOf(egress);
            if (!taken.Add(name))
            {
                continue;
            }

            object?[] inputs = [egress, .. client.Inputs(memo), .. plan.Inputs()];
            listeners.AddRange(
                memo.Resources(
                    new MemoKey(["lds", .. inputs]),
                    () => OutboundListenerGenerator.ForEgress(egress, plan, client) is { } listener ? [(name, listener)] : []
                )
            );
            if (OutboundListenerGenerator.IsHttp(egress))
            {
                routes.AddRange(
                    memo.Prepared(new MemoKey(["rds", .. inputs]), () => RouteConfigurationGenerator.Generate(name, plan, client, memo))
                );
            }
        }

        foreach (var plan in client.CapturedPorts())
        {
            object?[] inputs = [.. client.Inputs(memo), .. plan.Inputs()];
            listeners.AddRange(
                memo.Resources(
                        new MemoKey(["lds", .. inputs, .. plan.Pods()]),
                        () => OutboundListenerGenerator.ForPort(plan, client).Select(listener => (listener.Name, (IMessage)listener))
                    )
                    .Where(listener => taken.Add(listener.Name))
            );
            if (plan.HasRoutes)
            {
                var name = ResourceNames.RouteForPort(plan.Port);
                routes.AddRange(
                    memo.Prepared(new MemoKey(["rds", .. inputs]), () => RouteConfigurationGenerator.Generate(name, plan, client, memo))
                );
            }
        }

        var services = Services(client, memo);
        return new(
            listeners.DrainToImmutable(),
            memo.Type(TypeUrls.Route, routes),
            [.. services.SelectMany(service => service.Clusters.Get<ResourceList>().All), .. Fixed(client.Settings, memo)],
            memo.Type(TypeUrls.Endpoints, services.SelectMany(service => service.Endpoints.Get<ResourceList>().All))
        );
    }

    // Clusters and endpoints service by service; those of services that look as before are the same, which costs two comparisons.
    private static ImmutableArray<ServiceResources> Services(Client client, GenerationMemo memo)
    {
        var name = $"services|{client.Namespace}|{client.Labels}|{client.Locality}";
        var last = memo.Last<ServiceResourceList>(name);
        var before =
            last is not null && ReferenceEquals(last.Settings, client.Settings) && last.Plaintext == client.Plaintext
                ? last.Services.AsSpan()
                : [];
        var services = ImmutableArray.CreateBuilder<ServiceResources>(client.Services.Length);
        foreach (var service in client.Services)
        {
            while (!before.IsEmpty && string.CompareOrdinal(before[0].Service.Shape.Host, service.Shape.Host) < 0)
            {
                before = before[1..];
            }

            if (!before.IsEmpty && before[0].Fits(service))
            {
                memo.Use(before[0].Clusters);
                memo.Use(before[0].Endpoints);
                services.Add(before[0]);
            }
            else
            {
                services.Add(new(service, Clusters(service, client, memo), Endpoints(service, client, memo)));
            }
        }

        var all = services.ToImmutable();
        memo.Remember(name, new ServiceResourceList(client.Settings, client.Plaintext, all));
        return all;
    }

    /// <summary>What one workload gets; workloads that differ in nothing share it.</summary>
    /// <param name="workload">Null for a node that no object describes: it can call others, and passes on what it gets.</param>
    /// <param name="tokens">Whose tokens the workload takes.</param>
    /// <param name="access">Who may do what with it.</param>
    /// <param name="peers">How it takes connections.</param>
    public static ResourceSet Complete(
        SidecarOutbound outbound,
        Workload? workload,
        InboundTokens tokens,
        InboundAccess access,
        WorkloadPeers peers,
        MeshSettings settings,
        GenerationMemo memo
    )
    {
        var listener = memo.Resources(
            new MemoKey([
                "lds",
                ResourceNames.VirtualInbound,
                workload,
                peers.ToString(),
                settings.Paths,
                settings.TrustDomain,
                settings.TrustDomainAliases,
                .. tokens.Inputs,
                .. access.Inputs,
            ]),
            () => [(ResourceNames.VirtualInbound, InboundGenerator.VirtualInbound(workload, tokens, access, peers, settings))]
        );
        var clusters = memo.Resources(
            new MemoKey(["cds", ResourceNames.VirtualInbound, workload, settings.ConnectTimeout]),
            () => InboundGenerator.Clusters(workload, settings).Select(cluster => (cluster.Name, (IMessage)cluster))
        );
        return memo.Set(
            memo.Type(TypeUrls.Cluster, outbound.Clusters.Concat(clusters)),
            outbound.Endpoints,
            memo.Type(TypeUrls.Listener, outbound.Listeners.Concat(listener)),
            outbound.Routes
        );
    }

    private static MemoEntry Clusters(VisibleService service, Client client, GenerationMemo memo)
    {
        var isDns = service.Shape.Resolution == ServiceResolution.Dns;
        // Clusters that the proxy resolves itself carry their endpoints.
        var dependsOnEndpoints = isDns || ClusterGenerator.AsksEveryEndpoint(service);
        return memo.ResourceEntry(
            new MemoKey([
                "cds",
                service.Shape,
                service.Policy,
                client.Settings.ConnectTimeout,
                client.Settings.TrustDomain,
                client.Settings.TrustDomainAliases,
                service.Accounts,
                service.HasSidecars,
                dependsOnEndpoints ? service.Endpoints : null,
                isDns ? LocalityView.KeyOf(service.Policy, client) : null,
                dependsOnEndpoints ? client.Plaintext : null,
            ]),
            () =>
                from port in Ports(service)
                from subset in ClusterGenerator.Subsets(service.Policy)
                let cluster = ClusterGenerator.Generate(service, port, subset, client)
                select (cluster.Name, (IMessage)cluster)
        );
    }

    private static MemoEntry Endpoints(VisibleService service, Client client, GenerationMemo memo) =>
        memo.ResourceEntry(
            new MemoKey([
                "eds",
                service.Shape,
                service.Policy,
                service.Endpoints,
                LocalityView.KeyOf(service.Policy, client),
                client.Plaintext,
            ]),
            () =>
                from port in Ports(service)
                from subset in ClusterGenerator.Subsets(service.Policy)
                where ClusterGenerator.TypeOf(service, port, subset) == Xds.Pb.Cluster.Types.DiscoveryType.Eds
                let name = ResourceNames.Outbound(port.Number, subset, service.Shape.Host)
                let labels = ClusterGenerator.SubsetLabels(service.Policy, subset)
                let view = LocalityView.Of(service.Policy?.EffectiveFor(subset, port.Number) ?? TrafficPolicy.None, client)
                select (
                    name,
                    (IMessage)EndpointGenerator.Generate(name, service.Endpoints, port.Number, labels, view, client.TakesMutualTls)
                )
        );

    private static ImmutableArray<XdsResource> Fixed(MeshSettings settings, GenerationMemo memo) =>
        memo.Resources(
            new MemoKey(["cds", "fixed", settings.ConnectTimeout]),
            () => ClusterGenerator.Fixed(settings).Select(cluster => (cluster.Name, (IMessage)cluster))
        );

    private static IEnumerable<ServicePort> Ports(VisibleService service) =>
        service.Shape.Ports.Where(port => port.Protocol != PortProtocol.Udp).DistinctBy(port => port.Number);
}
