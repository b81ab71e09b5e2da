using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>
/// All names that can be dialled and their ports, without endpoints: what routes and policies are resolved against, and therefore
/// kept by reference when only endpoints change.
/// </summary>
internal sealed class ServiceCatalog
{
    private readonly FrozenDictionary<string, ImmutableArray<Service>> byHost;

    private ServiceCatalog(ImmutableArray<ServiceDeclaration> declarations, ImmutableArray<Service> services)
    {
        Declarations = declarations;
        Services = services;
        byHost = services
            .GroupBy(service => service.Host, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
    }

    /// <summary>In the order of conflicts, the platform's before ServiceEntries.</summary>
    public ImmutableArray<ServiceDeclaration> Declarations { get; }

    /// <summary>By host, then in the order of conflicts.</summary>
    public ImmutableArray<Service> Services { get; }

    /// <summary>Two hosts declared twice, among other things.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; private init; } = [];

    public static ServiceCatalog Build(ObjectSet objects, MeshSettings settings, ServiceCatalog? previous)
    {
        var known =
            previous?.Declarations.ToFrozenDictionary(declaration => declaration.Object, ReferenceComparer<ConfigObject>.Instance)
            ?? FrozenDictionary<ConfigObject, ServiceDeclaration>.Empty;

        ImmutableArray<ServiceDeclaration> declarations =
        [
            .. objects
                .Services.Order(ConflictOrder.Instance)
                .Select(item =>
                    known.GetValueOrDefault(item) ?? ServiceTranslator.Declare((ConfigObject<Config.Specs.ServiceSpec>)item, settings)
                ),
            .. objects
                .ServiceEntries.Order(ConflictOrder.Instance)
                .Select(item =>
                    known.GetValueOrDefault(item) ?? ServiceEntryTranslator.Declare((ConfigObject<Config.Specs.ServiceEntrySpec>)item)
                ),
        ];
        if (previous is not null && References.Same(declarations, previous.Declarations))
        {
            return previous;
        }

        var findings = new Findings();
        FindDuplicates(declarations, findings);
        return new(
            declarations,
            [.. declarations.SelectMany(declaration => declaration.Services).OrderBy(service => service.Host, StringComparer.Ordinal)]
        )
        {
            Diagnostics = [.. declarations.SelectMany(declaration => declaration.Diagnostics), .. findings.ToImmutable()],
        };
    }

    /// <summary>All services of a host, whoever may see them; empty where nobody declares it.</summary>
    public ImmutableArray<Service> Named(string host) => byHost.TryGetValue(host, out var found) ? found : [];

    /// <summary>What a namespace means by a host: its own, else the first it may see, else null.</summary>
    public Service? Visible(string host, string clientNamespace) => Service.Meant(Named(host), clientNamespace);

    private static void FindDuplicates(ImmutableArray<ServiceDeclaration> declarations, Findings findings)
    {
        var owners = new Dictionary<string, (Service Service, ConfigObject Object)>(StringComparer.Ordinal);
        foreach (var declaration in declarations)
        {
            foreach (var service in declaration.Services)
            {
                if (
                    !owners.TryAdd(service.Host, (service, declaration.Object))
                    && owners[service.Host] is var owner
                    && ExportTo.Overlap(owner.Service.Visibility, service.Visibility)
                )
                {
                    var reason =
                        owner.Object.Key.Kind != declaration.Object.Key.Kind
                            ? "is the platform's"
                            : ConflictOrder.Reason(owner.Object, declaration.Object);
                    findings.Add(
                        TranslationCodes.DuplicateService,
                        declaration.Object,
                        FieldPath.Root.Field("spec").Field("hosts"),
                        $"host {service.Host} is also declared by {owner.Object.Key} ({owner.Object.Location}), which {reason} and is the one"
                            + " that clients outside both namespaces get; give the hosts different names or narrow exportTo"
                    );
                }
            }
        }
    }
}
