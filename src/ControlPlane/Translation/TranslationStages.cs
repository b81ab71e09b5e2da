using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>The results of each stage with the inputs they came from: a stage whose inputs are the same objects is not run again.</summary>
internal sealed record TranslationStages(
    ObjectSet Objects,
    MeshSettings Settings,
    ServiceCatalog Catalog,
    EndpointStage Endpoints,
    ImmutableArray<DestinationPolicy> Policies,
    ImmutableArray<Diagnostic> PolicyDiagnostics,
    ImmutableArray<RouteSet> Routes,
    ImmutableArray<Diagnostic> RouteDiagnostics,
    FrozenDictionary<ConfigObject, TranslatedRoutes> RouteMemo,
    ImmutableArray<SidecarScope> Scopes,
    ImmutableArray<Diagnostic> ScopeDiagnostics,
    ImmutableArray<Diagnostic> GatewayDiagnostics,
    AccessStage Access
)
{
    public ImmutableArray<PeerRule> Peers { get; init; } = [];

    public ImmutableArray<Diagnostic> PeerDiagnostics { get; init; } = [];
}
