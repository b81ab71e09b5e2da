using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Pods and workload entries as the mesh's workloads, with the ports at which services reach them.</summary>
internal static class WorkloadTranslator
{
    /// <param name="drafts">In the order of conflicts: of two services at one port the first gives it its name.</param>
    public static FrozenDictionary<ConfigObject, Workload> Translate(
        WorkloadIndex index,
        IReadOnlyList<ServiceDrafts> drafts,
        FrozenDictionary<ConfigObject, Workload>? previous
    )
    {
        var inbound = new Dictionary<ConfigObject, SortedDictionary<int, InboundPort>>(ReferenceComparer<ConfigObject>.Instance);
        foreach (var service in drafts)
        {
            var ports = service.Shape.Ports.ToLookup(port => port.Number);
            foreach (var draft in service.Drafts)
            {
                if (Behind(draft, index) is { } workload && ports[draft.ServicePortNumber].FirstOrDefault() is { } port)
                {
                    Serve(inbound, workload, draft.Port, service.Shape, port);
                }
            }

            // A pod that is starting has its ports before a slice lists it.
            if (service.Object is ConfigObject<ServiceSpec> kubernetes)
            {
                foreach (var pod in index.Select(kubernetes.Key.Namespace, kubernetes.Spec.Selector))
                {
                    foreach (var declared in kubernetes.Spec.Ports)
                    {
                        if (TargetPorts.Of(declared, pod) is { } number && ports[declared.Port].FirstOrDefault() is { } port)
                        {
                            Serve(inbound, pod, number, service.Shape, port);
                        }
                    }
                }
            }
        }

        return index
            .Pods.Select(pod =>
                (Object: (ConfigObject)pod, Make: (Func<ImmutableArray<InboundPort>, Workload>)(ports => OfPod(pod, index, ports)))
            )
            .Concat(
                index
                    .Entries.Where(entry => entry.Spec.Address is { Length: > 0 })
                    .Select(entry =>
                        (
                            Object: (ConfigObject)entry,
                            Make: (Func<ImmutableArray<InboundPort>, Workload>)(ports => OfEntry(entry, index, ports))
                        )
                    )
            )
            .ToFrozenDictionary(
                entry => entry.Object,
                entry =>
                {
                    ImmutableArray<InboundPort> ports = inbound.TryGetValue(entry.Object, out var served) ? [.. served.Values] : [];
                    return
                        previous?.GetValueOrDefault(entry.Object) is { } before
                        && before.InboundPorts.SequenceEqual(ports)
                        && (entry.Object is not ConfigObject<PodSpec> pod || before.Locality == index.LocalityOf(pod))
                        ? before
                        : entry.Make(ports);
                },
                ReferenceComparer<ConfigObject>.Instance
            );
    }

    /// <summary>Who runs at an endpoint: whom its selector or slice named, else the pod that has the address; null for nobody known.</summary>
    public static ConfigObject? Behind(EndpointDraft draft, WorkloadIndex index) =>
        draft.Runs ?? (draft.Target is { } key ? index.PodNamed(key) : null) ?? (ConfigObject?)index.PodAt(draft.Address);

    private static void Serve(
        Dictionary<ConfigObject, SortedDictionary<int, InboundPort>> inbound,
        ConfigObject workload,
        int number,
        Service service,
        ServicePort port
    )
    {
        if (port.Protocol == PortProtocol.Udp)
        {
            return;
        }

        if (!inbound.TryGetValue(workload, out var served))
        {
            inbound.Add(workload, served = []);
        }

        served.TryAdd(number, new(number, port.Protocol, service.Host, service.Namespace, port.Number));
    }

    private static Workload OfPod(ConfigObject<PodSpec> pod, WorkloadIndex index, ImmutableArray<InboundPort> ports) =>
        new(
            pod.Key.Namespace,
            pod.Key.Name,
            WorkloadNames.OwnerOf(pod),
            pod.Spec.PodIPs,
            pod.Spec.ServiceAccountName,
            index.LocalityOf(pod),
            index.LabelsOf(pod),
            ports,
            HostNames.Source(pod)
        );

    private static Workload OfEntry(ConfigObject<WorkloadEntrySpec> entry, WorkloadIndex index, ImmutableArray<InboundPort> ports) =>
        new(
            entry.Key.Namespace,
            entry.Key.Name,
            WorkloadNames.OwnerOf(entry),
            [entry.Spec.Address!],
            entry.Spec.ServiceAccount ?? "default",
            Localities.Parse(entry.Spec.Locality),
            index.LabelsOf(entry),
            ports,
            HostNames.Source(entry)
        );
}
