using System.Collections.Immutable;
using System.Net;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Endpoints of one host of a ServiceEntry: written inline, selected by labels, or the host itself where DNS is to find them.</summary>
internal static class EntryEndpoints
{
    public static ImmutableArray<EndpointDraft> Draft(
        ConfigObject<ServiceEntrySpec> item,
        Service shape,
        ImmutableArray<ConfigObject<PodSpec>> pods,
        ImmutableArray<ConfigObject<WorkloadEntrySpec>> entries,
        Findings findings
    )
    {
        var drafts = ImmutableArray.CreateBuilder<EndpointDraft>();
        if (shape.Resolution == ServiceResolution.OriginalDestination)
        {
            return [];
        }

        for (var i = 0; i < item.Spec.Endpoints.Length; i++)
        {
            var endpoint = item.Spec.Endpoints[i];
            FromEntry(item, shape, item, FieldPath.Root.Field("spec").Field("endpoints").Index(i), endpoint, null, drafts, findings);
        }

        foreach (var entry in entries)
        {
            FromEntry(item, shape, entry, FieldPath.Root.Field("spec"), entry.Spec, entry, drafts, findings);
        }

        foreach (var pod in pods.Where(pod => pod.Spec.PodIPs.Length > 0))
        {
            var health =
                pod.DeletionTimestamp is not null ? EndpointHealth.Draining
                : pod.Spec.Ready ?? true ? EndpointHealth.Healthy
                : EndpointHealth.Unready;
            foreach (var port in item.Spec.Ports)
            {
                drafts.Add(
                    new(
                        port.Number,
                        pod.Spec.PodIPs[0],
                        port.TargetPort ?? port.Number,
                        1,
                        health,
                        pod,
                        pod.Key,
                        "",
                        Locality.Unknown,
                        Labels.Empty
                    )
                );
            }
        }

        // DNS without endpoints: the host is its own address (ServiceEntry.resolution DNS).
        if (
            shape.Resolution == ServiceResolution.Dns
            && item.Spec.Endpoints.IsEmpty
            && item.Spec.WorkloadSelector.IsEmpty
            && !HostPattern.IsWildcard(shape.Host)
        )
        {
            foreach (var port in item.Spec.Ports)
            {
                drafts.Add(
                    new(
                        port.Number,
                        shape.Host,
                        port.TargetPort ?? port.Number,
                        1,
                        EndpointHealth.Healthy,
                        null,
                        null,
                        "",
                        Locality.Unknown,
                        Labels.Empty
                    )
                );
            }
        }

        return drafts.ToImmutable();
    }

    private static void FromEntry(
        ConfigObject<ServiceEntrySpec> item,
        Service shape,
        ConfigObject written,
        FieldPath path,
        WorkloadEntrySpec endpoint,
        ConfigObject? runs,
        ImmutableArray<EndpointDraft>.Builder drafts,
        Findings findings
    )
    {
        if (endpoint.Address is not { Length: > 0 } address)
        {
            findings.NotInForce(
                written,
                path.Field("network"),
                "an endpoint of another network without an address gets no traffic",
                endpoint.Location
            );
            return;
        }

        if (address.StartsWith("unix:", StringComparison.Ordinal))
        {
            findings.NotInForce(written, path.Field("address"), "endpoints at Unix sockets get no traffic", endpoint.Location);
            return;
        }

        if (shape.Resolution == ServiceResolution.Endpoints && !IPAddress.TryParse(address, out _))
        {
            findings.Add(
                TranslationCodes.AddressNotIp,
                written,
                path.Field("address"),
                $"'{address}' is a name, but {item.Key} has resolution STATIC; give an IP address, or set resolution to DNS",
                endpoint.Location
            );
            return;
        }

        foreach (var port in item.Spec.Ports)
        {
            drafts.Add(
                new(
                    port.Number,
                    address,
                    TargetPorts.Of(port.Name, port.TargetPort, port.Number, endpoint),
                    (uint)Math.Max(1, endpoint.Weight ?? 1),
                    EndpointHealth.Healthy,
                    runs,
                    null,
                    "",
                    Localities.Parse(endpoint.Locality),
                    endpoint.Labels.IsEmpty ? Labels.Empty : new Labels(endpoint.Labels)
                )
            );
        }
    }
}
