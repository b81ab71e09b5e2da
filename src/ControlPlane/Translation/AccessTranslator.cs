using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>AuthorizationPolicies, and the providers that they ask.</summary>
internal static class AccessTranslator
{
    // Istio's: the time-out of a DestinationRule is meant to end the wait.
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(600);

    private const string DryRun = "istio.io/dry-run";

    public static AccessStage Translate(ObjectSet objects, ServiceCatalog catalog, MeshSettings settings, AccessStage? previous)
    {
        var findings = new Findings();
        var providers = objects
            .MeshConfigs.Where(mesh => mesh.Key.Namespace == settings.RootNamespace)
            .ToFrozenDictionary(
                mesh => (ConfigObject)mesh,
                mesh => Providers(mesh, catalog, settings, previous?.Providers.GetValueOrDefault(mesh), findings),
                ReferenceComparer<ConfigObject>.Instance
            );
        ImmutableArray<AccessProvider> known = [.. providers.Values.SelectMany(list => list).OrderBy(p => p.Name, StringComparer.Ordinal)];
        var services = objects.Services.ToFrozenDictionary(service => service.Key, service => service.Spec);
        var policies = objects.AuthorizationPolicies.ToFrozenDictionary(
            policy => (ConfigObject)policy,
            policy => Policy(policy, services, known, previous?.Policies.GetValueOrDefault(policy), findings),
            ReferenceComparer<ConfigObject>.Instance
        );
        ImmutableArray<AccessPolicy> all =
        [
            .. policies
                .Values.OrderBy(policy => policy.Namespace, StringComparer.Ordinal)
                .ThenBy(policy => policy.Name, StringComparer.Ordinal),
        ];
        var access =
            previous is not null && References.Same(previous.Access.Policies, all) && References.Same(previous.Access.Providers, known)
                ? previous.Access
                : new AccessSet(all, known);
        return new(access, policies, providers, findings.ToImmutable());
    }

    private static AccessPolicy Policy(
        ConfigObject<AuthorizationPolicySpec> policy,
        FrozenDictionary<ObjectKey, ServiceSpec> services,
        ImmutableArray<AccessProvider> providers,
        AccessPolicy? before,
        Findings findings
    )
    {
        var spec = policy.Spec;
        var selectors = PolicySelectors.Of(policy, spec.Selector, spec.TargetRefs, services, findings);
        if (spec.Action == AuthorizationAction.Custom && !spec.IsRefused && !providers.Any(provider => provider.Name == spec.Provider))
        {
            findings.Add(
                TranslationCodes.UnknownProvider,
                policy,
                FieldPath.Root.Field("spec").Field("provider").Field("name"),
                $"is {spec.Provider}, which is no provider for authorization of the mesh configuration; what the rules take is refused. Known are: "
                    + (providers.IsEmpty ? "none" : string.Join(", ", providers.Select(provider => provider.Name)))
            );
        }

        // As Go reads booleans.
        var isDryRun = policy.Annotations.GetValueOrDefault(DryRun) is "1" or "t" or "T" or "true" or "TRUE" or "True";
        if (isDryRun && spec is { Action: AuthorizationAction.Custom, IsRefused: false })
        {
            findings.Add(
                TranslationCodes.DryRunOfCustom,
                policy,
                FieldPath.Root.Field("metadata").Field("annotations").Field(DryRun),
                "is true, and there is no dry run for CUSTOM, as in Istio: nobody is asked and nothing is counted; remove the annotation, or try the"
                    + " rules with action AUDIT"
            );
        }

        var made = new AccessPolicy(
            policy.Key.Namespace,
            policy.Key.Name,
            spec.Action switch
            {
                _ when spec.IsRefused => AccessAction.Deny,
                AuthorizationAction.Deny => AccessAction.Deny,
                AuthorizationAction.Audit => AccessAction.Audit,
                AuthorizationAction.Custom => AccessAction.Custom,
                _ => AccessAction.Allow,
            },
            selectors,
            [.. spec.Rules.Select(rule => AccessRuleTranslator.Translate(rule, policy.Key.Namespace))],
            HostNames.Source(policy)
        )
        {
            Provider = spec.Provider ?? "",
            DryRun = isDryRun,
            IsRefused = spec.IsRefused,
        };
        // Everything but the selectors follows from the object alone.
        return before is not null && before.Selectors.SequenceEqual(made.Selectors) ? before : made;
    }

    private static ImmutableArray<AccessProvider> Providers(
        ConfigObject<MeshConfigSpec> mesh,
        ServiceCatalog catalog,
        MeshSettings settings,
        ImmutableArray<AccessProvider>? before,
        Findings findings
    )
    {
        var made = ImmutableArray.CreateBuilder<AccessProvider>();
        for (var i = 0; i < mesh.Spec.ExtensionProviders.Length; i++)
        {
            var written = mesh.Spec.ExtensionProviders[i];
            if ((written.EnvoyExtAuthzHttp ?? written.EnvoyExtAuthzGrpc) is not { } spec)
            {
                continue;
            }

            var provider = Provider(mesh, written, spec, settings);
            if (!catalog.Services.Any(service => service.Host == provider.Host && service.Ports.Any(port => port.Number == provider.Port)))
            {
                findings.Add(
                    TranslationCodes.UnknownProviderService,
                    mesh,
                    FieldPath.Root.Field("data").Field("mesh").Field("extensionProviders").Index(i),
                    $"the provider {provider.Name} is the service {provider.Host} at port {provider.Port}, which does not exist; it cannot be asked",
                    written.Location
                );
            }

            made.Add(provider);
        }

        return before is { IsDefault: false } kept ? kept : made.ToImmutable();
    }

    private static AccessProvider Provider(
        ConfigObject mesh,
        ExtensionProviderSpec written,
        ExternalAuthorizationSpec spec,
        MeshSettings settings
    )
    {
        var slash = spec.Service.IndexOf('/', StringComparison.Ordinal);
        var host = HostNames.Resolve(spec.Service[(slash + 1)..], slash > 0 ? spec.Service[..slash] : mesh.Key.Namespace, settings);
        return new(
            written.Name,
            written.EnvoyExtAuthzHttp is not null,
            host,
            spec.Port,
            spec.Timeout ?? DefaultTimeout,
            HostNames.Source(mesh, written.Location)
        )
        {
            FailOpen = spec.FailOpen,
            StatusOnError = int.TryParse(spec.StatusOnError, NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : 0,
            ClearRouteCache = spec.ClearRouteCache,
            Body = spec.IncludeRequestBodyInCheck is { } body
                ? new(body.MaxRequestBytes, body.AllowPartialMessage, body.PackAsBytes)
                : null,
            PathPrefix = spec.PathPrefix ?? "",
            RequestHeaders = spec.IncludeRequestHeadersInCheck,
            AdditionalHeaders = spec.IncludeAdditionalHeadersInCheck,
            UpstreamHeaders = spec.HeadersToUpstreamOnAllow,
            RefusalHeaders = spec.HeadersToDownstreamOnDeny,
            ResponseHeaders = spec.HeadersToDownstreamOnAllow,
        };
    }
}
