using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Sidecar objects as scopes.</summary>
internal static class SidecarTranslator
{
    private static readonly ImmutableArray<EgressListener> Everything = [new(null, PortProtocol.Unknown, null, [new("*", "*")])];

    public static ImmutableArray<SidecarScope> Translate(
        ImmutableArray<ConfigObject<SidecarSpec>> sidecars,
        MeshSettings settings,
        Findings findings
    )
    {
        var scopes = ImmutableArray.CreateBuilder<SidecarScope>();
        var owners = new Dictionary<(string, Labels), ConfigObject>();
        foreach (var sidecar in sidecars.Order(ConflictOrder.Instance).Cast<ConfigObject<SidecarSpec>>())
        {
            var labels = new Labels(sidecar.Spec.WorkloadSelector);
            if (!owners.TryAdd((sidecar.Key.Namespace, labels), sidecar))
            {
                var winner = owners[(sidecar.Key.Namespace, labels)];
                findings.Add(
                    TranslationCodes.DuplicateScope,
                    sidecar,
                    FieldPath.Root.Field("spec").Field("workloadSelector"),
                    $"{winner.Key} ({winner.Location}), which {ConflictOrder.Reason(winner, sidecar)}, selects the same workloads, so this one has no"
                        + " effect; merge them or give them different selectors"
                );
            }

            scopes.Add(Translate(sidecar, labels, settings, findings));
        }

        return scopes.ToImmutable();
    }

    private static SidecarScope Translate(ConfigObject<SidecarSpec> sidecar, Labels labels, MeshSettings settings, Findings findings)
    {
        var spec = FieldPath.Root.Field("spec");
        if (!sidecar.Spec.Ingress.IsEmpty)
        {
            findings.NotInForce(
                sidecar,
                spec.Field("ingress"),
                "inbound ports follow from the services of the workload",
                sidecar.Spec.Ingress[0].Location
            );
        }

        if (sidecar.Spec.InboundConnectionPool is not null)
        {
            findings.NotInForce(sidecar, spec.Field("inboundConnectionPool"), "inbound connections are not limited");
        }

        if (sidecar.Spec.OutboundTrafficPolicy?.EgressProxy is not null)
        {
            findings.NotInForce(
                sidecar,
                spec.Field("outboundTrafficPolicy").Field("egressProxy"),
                "unknown destinations are dialled directly or refused, as the mode says"
            );
        }

        for (var i = 0; i < sidecar.Spec.Egress.Length; i++)
        {
            var listener = sidecar.Spec.Egress[i];
            if (IsSocketPath(listener))
            {
                findings.NotInForce(
                    sidecar,
                    spec.Field("egress").Index(i).Field("bind"),
                    "sidecars open no sockets in the file system, so this listener is left out, and nothing is imported through it",
                    listener.Location
                );
            }

            var consequence = (listener.CaptureMode, listener.Port) switch
            {
                (CaptureMode.IpTables, not null) => "the sidecar opens the port itself, and takes what the application sends to it there",
                (CaptureMode.None, null) => "no ports are opened for it; it says what may be reached where connections are captured",
                _ => null,
            };
            if (consequence is not null)
            {
                findings.NotInForce(sidecar, spec.Field("egress").Index(i).Field("captureMode"), consequence, listener.Location);
            }
        }

        ImmutableArray<EgressListener> egress =
        [
            .. sidecar
                .Spec.Egress.Where(listener => !IsSocketPath(listener))
                .Select(listener => new EgressListener(
                    listener.Port?.Number,
                    listener.Port is { } port ? PortProtocols.Of(port) : PortProtocol.Unknown,
                    listener.Bind,
                    Imports(listener.Hosts, sidecar.Key.Namespace, settings)
                )),
        ];
        return new(
            sidecar.Key.Namespace,
            sidecar.Key.Name,
            labels,
            sidecar.Spec.Egress.IsEmpty ? Everything : egress,
            sidecar.Spec.OutboundTrafficPolicy is { } policy ? policy.Mode == OutboundTrafficMode.RegistryOnly : null,
            HostNames.Source(sidecar)
        );
    }

    private static bool IsSocketPath(SidecarEgressSpec listener) => listener.Bind?.StartsWith("unix:", StringComparison.Ordinal) == true;

    private static ImmutableArray<HostImport> Imports(ImmutableArray<string> hosts, string ownNamespace, MeshSettings settings)
    {
        var imports = ImmutableArray.CreateBuilder<HostImport>();
        foreach (var entry in hosts)
        {
            var slash = entry.IndexOf('/', StringComparison.Ordinal);
            var from = slash < 0 ? "*" : entry[..slash];
            var host = entry[(slash + 1)..];
            if (from != "~")
            {
                from = from == "." ? ownNamespace : from;
                imports.Add(new(from, HostNames.Resolve(host, from == "*" ? ownNamespace : from, settings)));
            }
        }

        return imports.ToImmutable();
    }
}
