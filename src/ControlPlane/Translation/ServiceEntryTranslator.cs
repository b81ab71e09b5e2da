using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>ServiceEntries as the mesh's services, one a host, without endpoints.</summary>
internal static class ServiceEntryTranslator
{
    public static ServiceDeclaration Declare(ConfigObject<ServiceEntrySpec> item)
    {
        var findings = new Findings();
        var spec = FieldPath.Root.Field("spec");
        ImmutableArray<ServicePort> ports =
        [
            .. item.Spec.Ports.Select(port => new ServicePort(port.Number, port.Name ?? "", PortProtocols.Of(port))),
        ];
        for (var i = 0; i < ports.Length; i++)
        {
            var path = spec.Field("ports").Index(i).Field("protocol");
            if (ports[i].Protocol == PortProtocol.Unknown)
            {
                findings.Add(
                    TranslationCodes.ProtocolNotDeclared,
                    item,
                    path,
                    $"port {ports[i].Number} does not say what is spoken there, so the first bytes decide; set protocol to HTTP, HTTP2, GRPC, TLS or TCP"
                );
            }
        }

        if (item.Spec.Resolution == ServiceEntryResolution.DynamicDns)
        {
            findings.NotInForce(item, spec.Field("resolution"), "the hosts are resolved as with DNS");
        }

        var visibility = ExportTo.Resolve(item.Spec.ExportTo, item.Key.Namespace);
        var origin =
            item.Spec.ServiceLocation == ServiceEntryLocation.MeshInternal
                ? ServiceOrigin.EntryMeshInternal
                : ServiceOrigin.EntryMeshExternal;
        // As written: Istio completes no names here. Clients dial what stands here, and DNS answers for it.
        ImmutableArray<Service> services =
        [
            .. item
                .Spec.Hosts.Select(HostNames.Normalise)
                .Distinct(StringComparer.Ordinal)
                .Select(host => new Service(
                    host,
                    item.Key.Namespace,
                    origin,
                    ResolutionOf(item.Spec.Resolution),
                    [],
                    item.Spec.Addresses,
                    ports,
                    [],
                    visibility,
                    HostNames.Source(item)
                )
                {
                    SubjectAltNames = item.Spec.SubjectAltNames,
                }),
        ];
        return new(item, services, findings.ToImmutable());
    }

    private static ServiceResolution ResolutionOf(ServiceEntryResolution resolution) =>
        resolution switch
        {
            ServiceEntryResolution.Static => ServiceResolution.Endpoints,
            ServiceEntryResolution.Dns or ServiceEntryResolution.DnsRoundRobin or ServiceEntryResolution.DynamicDns =>
                ServiceResolution.Dns,
            _ => ServiceResolution.OriginalDestination,
        };
}
