using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Endpoints of a Kubernetes Service: from its slices, from its selector where nobody wrote slices, and from workload entries.</summary>
internal static class SliceEndpoints
{
    public const string ServiceNameLabel = "kubernetes.io/service-name";

    public static ImmutableArray<EndpointDraft> Draft(
        ConfigObject<ServiceSpec> service,
        ImmutableArray<ConfigObject<EndpointSliceSpec>> slices,
        ImmutableArray<ConfigObject<PodSpec>> pods,
        ImmutableArray<ConfigObject<WorkloadEntrySpec>> entries,
        Findings findings
    )
    {
        var drafts = ImmutableArray.CreateBuilder<EndpointDraft>();
        if (ServiceTranslator.IsExternalName(service.Spec))
        {
            var name = HostNames.Normalise(service.Spec.ExternalName!);
            foreach (var port in service.Spec.Ports)
            {
                drafts.Add(Bare(port.Port, name, port.TargetPort ?? port.Port));
            }

            return drafts.ToImmutable();
        }

        if (slices.IsEmpty)
        {
            FromPods(service, pods, drafts, findings);
        }
        else
        {
            FromSlices(service, slices, drafts, findings);
        }

        FromEntries(service, entries, drafts);
        return drafts.ToImmutable();
    }

    private static void FromSlices(
        ConfigObject<ServiceSpec> service,
        ImmutableArray<ConfigObject<EndpointSliceSpec>> slices,
        ImmutableArray<EndpointDraft>.Builder drafts,
        Findings findings
    )
    {
        var family = FamilyOf(service.Spec, slices);
        foreach (var slice in slices)
        {
            if (string.Equals(slice.Spec.AddressType, "FQDN", StringComparison.OrdinalIgnoreCase))
            {
                findings.NotInForce(slice, FieldPath.Root.Field("addressType"), "endpoints that are names get no traffic");
                continue;
            }

            // A service with both families has every pod twice; one address each is enough, unless clients dial the pods themselves.
            if (!service.Spec.IsHeadless && !string.Equals(slice.Spec.AddressType, family, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            foreach (var slicePort in slice.Spec.Ports)
            {
                if (service.Spec.Ports.FirstOrDefault(port => SameName(port.Name, slicePort.Name)) is not { } servicePort)
                {
                    continue;
                }

                var number = slicePort.Port ?? servicePort.TargetPort ?? servicePort.Port;
                foreach (var endpoint in slice.Spec.Endpoints)
                {
                    // Several addresses of one endpoint mean the same; Kubernetes itself uses the first.
                    if (endpoint.Addresses.Length > 0)
                    {
                        drafts.Add(
                            new(
                                servicePort.Port,
                                endpoint.Addresses[0],
                                number,
                                1,
                                HealthOf(endpoint, service.Spec.PublishNotReadyAddresses),
                                Runs: null,
                                TargetOf(endpoint, slice),
                                endpoint.Zone ?? "",
                                Locality.Unknown,
                                Labels.Empty
                            )
                            {
                                Hostname = endpoint.Hostname,
                            }
                        );
                    }
                }
            }
        }
    }

    private static void FromPods(
        ConfigObject<ServiceSpec> service,
        ImmutableArray<ConfigObject<PodSpec>> pods,
        ImmutableArray<EndpointDraft>.Builder drafts,
        Findings findings
    )
    {
        for (var i = 0; i < service.Spec.Ports.Length; i++)
        {
            var port = service.Spec.Ports[i];
            ConfigObject? without = null;
            foreach (var pod in pods)
            {
                if (pod.Spec.PodIPs.IsEmpty)
                {
                    continue;
                }

                if (TargetPorts.Of(port, pod) is { } number)
                {
                    var health =
                        pod.Spec.Ready ?? true ? EndpointHealth.Healthy
                        : service.Spec.PublishNotReadyAddresses ? EndpointHealth.Healthy
                        : EndpointHealth.Unready;
                    drafts.Add(
                        new(
                            port.Port,
                            pod.Spec.PodIPs[0],
                            number,
                            1,
                            pod.DeletionTimestamp is null ? health : EndpointHealth.Draining,
                            pod,
                            pod.Key,
                            "",
                            Locality.Unknown,
                            Labels.Empty
                        )
                        {
                            // As Kubernetes' own slices have it.
                            Hostname = pod.Spec.Subdomain == service.Key.Name ? pod.Spec.Hostname : null,
                        }
                    );
                }
                else
                {
                    without ??= pod;
                }
            }

            if (without is not null)
            {
                findings.Add(
                    TranslationCodes.TargetPortUnknown,
                    service,
                    FieldPath.Root.Field("spec").Field("ports").Index(i).Field("targetPort"),
                    $"no container of {without.Key} has a port named '{port.TargetPortName}', so this pod gets no traffic for port {port.Port};"
                        + " name the container's port, or target a number",
                    port.Location
                );
            }
        }
    }

    private static void FromEntries(
        ConfigObject<ServiceSpec> service,
        ImmutableArray<ConfigObject<WorkloadEntrySpec>> entries,
        ImmutableArray<EndpointDraft>.Builder drafts
    )
    {
        foreach (var entry in entries)
        {
            if (entry.Spec.Address is { } address && IPAddress.TryParse(address, out _))
            {
                foreach (var port in service.Spec.Ports)
                {
                    drafts.Add(
                        Bare(port.Port, address, TargetPorts.Of(port.Name, port.TargetPort, port.Port, entry.Spec)) with
                        {
                            Weight = (uint)Math.Max(1, entry.Spec.Weight ?? 1),
                            Runs = entry,
                        }
                    );
                }
            }
        }
    }

    private static EndpointDraft Bare(int servicePort, string address, int port) =>
        new(servicePort, address, port, 1, EndpointHealth.Healthy, null, null, "", Locality.Unknown, Labels.Empty);

    // | ready (absent: true) | terminating | publishNotReady | health   |
    // | yes                  | no          | any             | Healthy  |
    // | no                   | no          | no              | Unready  |
    // | any                  | any         | yes             | Healthy  |
    // | any                  | yes         | no              | Draining |
    private static EndpointHealth HealthOf(EndpointSpec endpoint, bool publishNotReady) =>
        publishNotReady ? EndpointHealth.Healthy
        : endpoint.Terminating == true ? EndpointHealth.Draining
        : endpoint.Ready ?? true ? EndpointHealth.Healthy
        : EndpointHealth.Unready;

    private static ObjectKey? TargetOf(EndpointSpec endpoint, ConfigObject slice) =>
        endpoint.TargetName is { Length: > 0 } name && (endpoint.TargetKind is null || endpoint.TargetKind == Kinds.Pod)
            ? new ObjectKey(Kinds.Pod, endpoint.TargetNamespace ?? slice.Key.Namespace, name)
            : null;

    private static string FamilyOf(ServiceSpec service, ImmutableArray<ConfigObject<EndpointSliceSpec>> slices)
    {
        var wanted =
            service.ClusterIPs.Length > 0
            && IPAddress.TryParse(service.ClusterIPs[0], out var address)
            && address.AddressFamily == AddressFamily.InterNetworkV6
                ? "IPv6"
                : "IPv4";
        // A service of both families whose pods have one only keeps an empty slice of the other.
        return slices.Any(slice =>
                string.Equals(slice.Spec.AddressType, wanted, StringComparison.OrdinalIgnoreCase) && !slice.Spec.Endpoints.IsEmpty
            )
                ? wanted
            : wanted == "IPv4" ? "IPv6"
            : "IPv4";
    }

    private static bool SameName(string? left, string? right) => string.Equals(left ?? "", right ?? "", StringComparison.Ordinal);
}
