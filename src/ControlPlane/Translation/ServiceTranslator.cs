using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Kubernetes Services as the mesh's services, without endpoints.</summary>
internal static class ServiceTranslator
{
    private const string ExportToAnnotation = "networking.istio.io/exportTo";

    public static ServiceDeclaration Declare(ConfigObject<ServiceSpec> item, MeshSettings settings)
    {
        var findings = new Findings();
        var ports = ImmutableArray.CreateBuilder<ServicePort>();
        for (var i = 0; i < item.Spec.Ports.Length; i++)
        {
            var port = item.Spec.Ports[i];
            var protocol = PortProtocols.Of(port);
            ports.Add(new(port.Port, port.Name ?? "", protocol));
            var path = FieldPath.Root.Field("spec").Field("ports").Index(i).Field(port.AppProtocol is null ? "name" : "appProtocol");
            if (protocol == PortProtocol.Unknown)
            {
                findings.Add(
                    TranslationCodes.ProtocolNotDeclared,
                    item,
                    path,
                    $"port {port.Port} ({port.Name ?? "unnamed"}) does not say what is spoken there, so the first bytes decide;"
                        + " set appProtocol, or begin the name with http-, http2-, grpc-, https-, tls- or tcp-",
                    port.Location
                );
            }
        }

        var exported = item.Annotations.TryGetValue(ExportToAnnotation, out var text)
            ? [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]
            : ImmutableArray<string>.Empty;
        var service = new Service(
            HostNames.OfService(item.Key.Name, item.Key.Namespace, settings),
            item.Key.Namespace,
            ServiceOrigin.Kubernetes,
            ResolutionOf(item.Spec),
            [],
            item.Spec.ClusterIPs,
            ports.ToImmutable(),
            [],
            ExportTo.Resolve(exported, item.Key.Namespace),
            HostNames.Source(item)
        );
        return new(item, [service], findings.ToImmutable());
    }

    private static ServiceResolution ResolutionOf(ServiceSpec spec) =>
        IsExternalName(spec) ? ServiceResolution.Dns
        : spec.IsHeadless ? ServiceResolution.Headless
        : ServiceResolution.Endpoints;

    public static bool IsExternalName(ServiceSpec spec) =>
        string.Equals(spec.Type, "ExternalName", StringComparison.Ordinal) && !string.IsNullOrEmpty(spec.ExternalName);
}
