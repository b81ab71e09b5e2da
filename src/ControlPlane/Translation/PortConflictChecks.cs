using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Finds services that send different ports or protocols to one port of a workload, which can be one thing only there.</summary>
internal static class PortConflictChecks
{
    /// <param name="drafts">In the order of conflicts: the first service at a port of a workload names it.</param>
    public static void Check(IReadOnlyList<ServiceDrafts> drafts, WorkloadIndex index, Findings findings)
    {
        var owners = new Dictionary<(ConfigObject Workload, int Port), (ServiceDrafts Service, ServicePort Port)>();
        var told = new HashSet<(ServiceDrafts, ServiceDrafts, int, int)>();
        foreach (var service in drafts)
        {
            var ports = service.Shape.Ports.ToLookup(port => port.Number);
            foreach (var draft in service.Drafts)
            {
                if (
                    WorkloadTranslator.Behind(draft, index) is not { } workload
                    || ports[draft.ServicePortNumber].FirstOrDefault() is not { } port
                )
                {
                    continue;
                }

                if (!owners.TryGetValue((workload, draft.Port), out var owner))
                {
                    owners.Add((workload, draft.Port), (service, port));
                    continue;
                }

                if (
                    !ReferenceEquals(owner.Service.Object, service.Object)
                    && (owner.Port.Number != port.Number || owner.Port.Protocol != port.Protocol)
                    && told.Add((owner.Service, service, draft.Port, port.Number))
                )
                {
                    Report(owner.Service, owner.Port, service, port, draft.Port, workload, findings);
                }
            }
        }
    }

    private static void Report(
        ServiceDrafts winner,
        ServicePort winnerPort,
        ServiceDrafts loser,
        ServicePort loserPort,
        int target,
        ConfigObject workload,
        Findings findings
    )
    {
        var path = FieldPath.Root.Field("spec").Field("ports");
        if (
            loser.Object is ConfigObject<ServiceSpec> { Spec.Ports: var written }
            && written.ToList().FindIndex(port => port.Port == loserPort.Number) is >= 0 and var i
        )
        {
            path = path.Index(i);
        }

        findings.Add(
            TranslationCodes.ConflictingPorts,
            loser.Object,
            path,
            $"port {loserPort.Number} ({loserPort.Protocol}) leads to port {target} of {workload.Key}, to which port {winnerPort.Number}"
                + $" ({winnerPort.Protocol}) of {winner.Object.Key} ({winner.Object.Location}) leads too; there it counts as the latter's;"
                + " give both services the same port and protocol, or different target ports"
        );
    }
}
