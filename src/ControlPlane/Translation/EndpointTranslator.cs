using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Joins services, slices, pods and workload entries: the short path that a change of endpoints takes.</summary>
internal static class EndpointTranslator
{
    public static EndpointStage Translate(ObjectSet objects, ServiceCatalog catalog, EndpointStage? previous)
    {
        var slices = ObjectGroups<EndpointSliceSpec>.Build(
            objects.EndpointSlices,
            slice => slice.Labels.GetValueOrDefault(SliceEndpoints.ServiceNameLabel),
            previous?.Slices
        );
        var index = WorkloadIndex.Build(objects, previous?.Index);
        if (previous is not null && previous.Catalog == catalog && previous.Slices == slices && previous.Index == index)
        {
            return previous;
        }

        var drafts = catalog
            .Declarations.SelectMany(declaration => declaration.Services, (declaration, shape) => (declaration.Object, Shape: shape))
            .Select(entry => DraftOf(entry.Object, entry.Shape, slices, index, previous?.Drafts.GetValueOrDefault(entry.Shape)))
            .ToList();

        var conflicts = new Findings();
        PortConflictChecks.Check(drafts, index, conflicts);
        var running = WorkloadTranslator.Translate(index, drafts, previous?.Running);
        var finished = drafts.ToFrozenDictionary(
            entry => entry.Shape,
            entry => Finish(entry, index, running, previous?.Finished.GetValueOrDefault(entry.Shape), previous?.Drafts),
            ReferenceComparer<Service>.Instance
        );
        return new(
            catalog,
            slices,
            index,
            drafts.ToFrozenDictionary(entry => entry.Shape, ReferenceComparer<Service>.Instance),
            finished,
            running,
            [.. catalog.Services.Select(shape => finished[shape])],
            [
                .. running
                    .Values.OrderBy(workload => workload.Namespace, StringComparer.Ordinal)
                    .ThenBy(workload => workload.Name, StringComparer.Ordinal)
                    .ThenBy(workload => workload.Source.Kind, StringComparer.Ordinal),
            ],
            [.. drafts.SelectMany(entry => entry.Diagnostics), .. conflicts.ToImmutable()]
        );
    }

    private static ServiceDrafts DraftOf(
        ConfigObject item,
        Service shape,
        ObjectGroups<EndpointSliceSpec> slices,
        WorkloadIndex index,
        ServiceDrafts? previous
    )
    {
        var kubernetes = item as ConfigObject<ServiceSpec>;
        var selector = kubernetes?.Spec.Selector ?? ((ConfigObject<ServiceEntrySpec>)item).Spec.WorkloadSelector;
        var own = kubernetes is null ? [] : slices[item.Key.Namespace, item.Key.Name];

        // Slices say who is behind a service; only where nobody wrote any are the pods asked directly.
        var pods = own.IsEmpty ? index.Select(item.Key.Namespace, selector) : [];
        var entries = index.SelectEntries(item.Key.Namespace, selector);
        if (
            previous is not null
            && References.Same(own, previous.Slices)
            && References.Same(pods, previous.Pods)
            && References.Same(entries, previous.Entries)
        )
        {
            return previous;
        }

        var findings = new Findings();
        var drafts = kubernetes is not null
            ? SliceEndpoints.Draft(kubernetes, own, pods, entries, findings)
            : EntryEndpoints.Draft((ConfigObject<ServiceEntrySpec>)item, shape, pods, entries, findings);
        return new(shape, item, own, pods, entries, drafts, findings.ToImmutable());
    }

    private static Service Finish(
        ServiceDrafts drafts,
        WorkloadIndex index,
        FrozenDictionary<ConfigObject, Workload> running,
        Service? previous,
        FrozenDictionary<Service, ServiceDrafts>? previousDrafts
    )
    {
        var endpoints = drafts
            .Drafts.Select(draft => Finish(draft, drafts.Shape, index, running))
            // During a hand-over two slices may hold one endpoint: the healthier view counts.
            .GroupBy(endpoint => (endpoint.ServicePortNumber, endpoint.Address, endpoint.Port))
            .Select(group => group.MinBy(endpoint => endpoint.Health)!)
            .OrderBy(endpoint => endpoint.ServicePortNumber)
            .ThenBy(endpoint => endpoint.Address, StringComparer.Ordinal)
            .ThenBy(endpoint => endpoint.Port)
            .ToImmutableArray();

        var unchanged =
            previous is not null
            && ReferenceEquals(previousDrafts?.GetValueOrDefault(drafts.Shape), drafts)
            && previous.Endpoints.Length == endpoints.Length
            && previous.Endpoints.Zip(endpoints).All(pair => ReferenceEquals(pair.First.Workload, pair.Second.Workload));
        return unchanged ? previous!
            : endpoints.IsEmpty ? drafts.Shape
            : drafts.Shape with
            {
                Endpoints = endpoints,
                Accounts = AccountsOf(endpoints),
                HasSidecars = endpoints.Any(endpoint => endpoint.Workload is { HasSidecar: true }),
            };
    }

    private static string AccountsOf(ImmutableArray<ServiceEndpoint> endpoints) =>
        string.Join(
            ',',
            endpoints
                .Select(endpoint => endpoint.Workload)
                .OfType<Workload>()
                .Select(workload => $"{workload.Namespace}/{workload.ServiceAccount}")
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
        );

    private static ServiceEndpoint Finish(
        EndpointDraft draft,
        Service service,
        WorkloadIndex index,
        FrozenDictionary<ConfigObject, Workload> running
    )
    {
        var workload = WorkloadTranslator.Behind(draft, index) is { } item ? running.GetValueOrDefault(item) : null;
        return new(
            draft.ServicePortNumber,
            draft.Address,
            draft.Port,
            draft.Weight,
            draft.Health,
            Localities.WithZone(workload?.Locality ?? draft.Locality, draft.Zone),
            workload?.Labels ?? draft.Labels,
            workload
        )
        {
            HostName =
                service.Resolution == ServiceResolution.Headless && draft.Hostname is { Length: > 0 } label
                    ? $"{label}.{service.Host}"
                    : null,
        };
    }
}
