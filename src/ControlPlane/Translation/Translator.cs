using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Objects → snapshot: pure, and the same whether or not a previous result is given.</summary>
internal static class Translator
{
    /// <param name="previous">An earlier result; stages whose inputs did not change since are taken from it.</param>
    /// <param name="keys">Keys of issuers that were fetched; null for none.</param>
    public static TranslationResult Translate(
        ObjectSet objects,
        MeshSettings settings,
        TranslationResult? previous = null,
        KeySets? keys = null
    )
    {
        settings = SettingsTranslator.Translate(objects, settings);
        var before = previous?.Stages.Settings == settings ? previous.Stages : null;

        // | changed                      | runs again                                    |
        // | EndpointSlice, Pod, …Entry   | endpoints of the services they belong to      |
        // | Service, ServiceEntry        | the above, all policies, all routes           |
        // | DestinationRule              | all policies, all routes                      |
        // | VirtualService               | all routes                                    |
        // | Sidecar                      | all scopes                                    |
        // | RequestAuthentication, keys  | whose tokens are taken                        |
        // | AuthorizationPolicy, Service | policies about access that it touches         |
        // | PeerAuthentication           | all of them                                   |
        var catalog = ServiceCatalog.Build(objects, settings, before?.Catalog);
        var endpoints = EndpointTranslator.Translate(objects, catalog, before?.Endpoints);
        var stages =
            before is not null && before.Catalog == catalog && before.Objects.DestinationRules == objects.DestinationRules ? before : null;
        var (policies, policyDiagnostics) = stages is not null
            ? (stages.Policies, stages.PolicyDiagnostics)
            : Run(findings => PolicyTranslator.Translate(objects.DestinationRules, catalog, settings, findings));
        var routeMemo = stages?.RouteMemo ?? FrozenDictionary<ConfigObject, TranslatedRoutes>.Empty;
        var (routes, routeDiagnostics) =
            stages is not null && stages.Objects.VirtualServices == objects.VirtualServices
                ? (stages.Routes, stages.RouteDiagnostics)
                : Run(findings => RouteTranslator.Translate(objects.VirtualServices, catalog, policies, settings, ref routeMemo, findings));
        var (scopes, scopeDiagnostics) =
            before is not null && before.Objects.Sidecars == objects.Sidecars
                ? (before.Scopes, before.ScopeDiagnostics)
                : Run(findings => SidecarTranslator.Translate(objects.Sidecars, settings, findings));

        var access =
            before is not null
            && before.Catalog == catalog
            && before.Objects.AuthorizationPolicies == objects.AuthorizationPolicies
            && before.Objects.MeshConfigs == objects.MeshConfigs
                ? before.Access
                : AccessTranslator.Translate(objects, catalog, settings, before?.Access);
        var accessPorts = new Findings();
        AccessPortChecks.Check(access, endpoints.Workloads, settings, accessPorts);

        var (peers, peerDiagnostics) =
            before is not null && before.Objects.PeerAuthentications == objects.PeerAuthentications
                ? (before.Peers, before.PeerDiagnostics)
                : Run(findings => PeerTranslator.Translate(objects.PeerAuthentications, findings));

        var gatewayDiagnostics =
            before is not null && before.Objects.VirtualServices == objects.VirtualServices && before.Objects.Gateways == objects.Gateways
                ? before.GatewayDiagnostics
                : CheckGateways(objects, settings);

        var (tokens, tokenDiagnostics) = TokenTranslator.Translate(objects, keys ?? KeySets.Empty, previous?.Snapshot.Tokens);

        var subsets = new Findings();
        SubsetChecks.Check(objects.DestinationRules, endpoints.Services, settings, subsets);
        EjectionChecks.Check(objects.DestinationRules, endpoints.Services, settings, subsets);

        var snapshot = Keep(
            new(settings, endpoints.Services, endpoints.Workloads, routes, policies, scopes)
            {
                Tokens = tokens,
                Access = access.Access,
                Peers = peers,
            },
            previous?.Snapshot
        );
        return new(
            snapshot,
            Sorted([
                .. catalog.Diagnostics,
                .. endpoints.Diagnostics,
                .. policyDiagnostics,
                .. routeDiagnostics,
                .. scopeDiagnostics,
                .. peerDiagnostics,
                .. subsets.ToImmutable(),
                .. gatewayDiagnostics,
                .. tokenDiagnostics,
                .. access.Diagnostics,
                .. accessPorts.ToImmutable(),
            ])
        )
        {
            Stages = new(
                objects,
                settings,
                catalog,
                endpoints,
                policies,
                policyDiagnostics,
                routes,
                routeDiagnostics,
                routeMemo,
                scopes,
                scopeDiagnostics,
                gatewayDiagnostics,
                access
            )
            {
                Peers = peers,
                PeerDiagnostics = peerDiagnostics,
            },
        };
    }

    private static ImmutableArray<Diagnostic> CheckGateways(ObjectSet objects, MeshSettings settings)
    {
        var findings = new Findings();
        GatewayChecks.Check(objects.VirtualServices, objects.Gateways, settings, findings);
        foreach (var gateway in objects.Gateways)
        {
            findings.NotInForce(gateway, FieldPath.Root.Field("spec").Field("servers"), "gateways are not served, so no port is opened");
        }

        return findings.ToImmutable();
    }

    private static (ImmutableArray<T> Result, ImmutableArray<Diagnostic> Diagnostics) Run<T>(Func<Findings, ImmutableArray<T>> stage)
    {
        var findings = new Findings();
        return (stage(findings), findings.ToImmutable());
    }

    // The same parts make the same snapshot, so that nothing is published where nothing changed.
    private static MeshSnapshot Keep(MeshSnapshot now, MeshSnapshot? before) =>
        before is not null
        && before.Settings == now.Settings
        && References.Same(before.Services, now.Services)
        && References.Same(before.Workloads, now.Workloads)
        && References.Same(before.Routes, now.Routes)
        && References.Same(before.Policies, now.Policies)
        && References.Same(before.Scopes, now.Scopes)
        && ReferenceEquals(before.Tokens, now.Tokens)
        && before.Access == now.Access
        && References.Same(before.Peers, now.Peers)
            ? before
            : now;

    private static ImmutableArray<Diagnostic> Sorted(IEnumerable<Diagnostic> diagnostics) =>
        [
            .. diagnostics
                .Distinct()
                .OrderBy(diagnostic => diagnostic.Location.File, StringComparer.Ordinal)
                .ThenBy(diagnostic => diagnostic.Location.Line)
                .ThenBy(diagnostic => diagnostic.Path, StringComparer.Ordinal)
                .ThenBy(diagnostic => diagnostic.Code, StringComparer.Ordinal)
                .ThenBy(diagnostic => diagnostic.Message, StringComparer.Ordinal),
        ];
}
