using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Services with their endpoints and the workloads behind them, with what is needed to redo only what changed.</summary>
internal sealed record EndpointStage(
    ServiceCatalog Catalog,
    ObjectGroups<EndpointSliceSpec> Slices,
    WorkloadIndex Index,
    FrozenDictionary<Service, ServiceDrafts> Drafts,
    FrozenDictionary<Service, Service> Finished,
    FrozenDictionary<ConfigObject, Workload> Running,
    ImmutableArray<Service> Services,
    ImmutableArray<Workload> Workloads,
    ImmutableArray<Diagnostic> Diagnostics
);
