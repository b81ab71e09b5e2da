using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>All kinds: those read, those known but not supported yet, and what is to be said about the others.</summary>
internal static class KindCatalog
{
    private const string Networking = "networking.istio.io";
    private const string Security = "security.istio.io";
    private static readonly string[] NetworkingVersions = ["v1", "v1beta1", "v1alpha3"];
    private static readonly string[] SecurityVersions = ["v1", "v1beta1"];

    private static readonly KindReader[] Readers =
    [
        Mesh(Kinds.VirtualService, VirtualServiceReader.Read),
        new KindReader<DestinationRuleSpec>(Networking, Kinds.DestinationRule, NetworkingVersions, DestinationRuleReader.ReadRoot)
        {
            IsStrict = true,
        },
        Mesh(Kinds.Gateway, GatewayReader.Read),
        Mesh(Kinds.ServiceEntry, ServiceEntryReader.Read),
        Mesh(Kinds.WorkloadEntry, WorkloadEntryReader.Read),
        Mesh(Kinds.Sidecar, SidecarReader.Read),
        Restricting(Kinds.PeerAuthentication, PeerAuthenticationReader.ReadRoot, PeerAuthenticationReader.Refused),
        Restricting(Kinds.AuthorizationPolicy, AuthorizationPolicyReader.ReadRoot, AuthorizationPolicyReader.Refused),
        Restricting(Kinds.RequestAuthentication, RequestAuthenticationReader.ReadRoot, RequestAuthenticationReader.Refused),
        new KindReader<ServiceSpec>("", Kinds.Service, ["v1"], root => root.Required("spec", ServiceReader.Read)),
        new KindReader<PodSpec>("", Kinds.Pod, ["v1"], PodReader.Read),
        new KindReader<NamespaceSpec>("", Kinds.Namespace, ["v1"], NamespaceReader.Read) { IsNamespaced = false },
        new KindReader<MeshConfigSpec>("", Kinds.ConfigMap, ["v1"], MeshConfigReader.ReadRoot)
        {
            Refused = (spec, _) => MeshConfigReader.Refused(spec),
        },
        new KindReader<NodeSpec>("", Kinds.Node, ["v1"], _ => new()) { IsNamespaced = false },
        // Kubernetes 1.20 has the older one alone.
        new KindReader<EndpointSliceSpec>("discovery.k8s.io", Kinds.EndpointSlice, ["v1", "v1beta1"], EndpointSliceReader.Read),
    ];

    // Kinds of mesh users that are understood by name only.
    private static readonly (string Group, string Kind)[] Unsupported =
    [
        (Networking, "EnvoyFilter"),
        (Networking, "ProxyConfig"),
        (Networking, "WorkloadGroup"),
        ("extensions.istio.io", "WasmPlugin"),
        ("extensions.istio.io", "TrafficExtension"),
        ("telemetry.istio.io", "Telemetry"),
        ("install.istio.io", "IstioOperator"),
        ("sailoperator.io", "Istio"),
        ("gateway.networking.k8s.io", "GatewayClass"),
        ("gateway.networking.k8s.io", "Gateway"),
        ("gateway.networking.k8s.io", "HTTPRoute"),
        ("gateway.networking.k8s.io", "GRPCRoute"),
        ("gateway.networking.k8s.io", "TCPRoute"),
        ("gateway.networking.k8s.io", "TLSRoute"),
        ("gateway.networking.k8s.io", "UDPRoute"),
        ("gateway.networking.k8s.io", "ReferenceGrant"),
        ("gateway.networking.k8s.io", "BackendTLSPolicy"),
        ("networking.k8s.io", "Ingress"),
        ("networking.k8s.io", "IngressClass"),
        ("multicluster.x-k8s.io", "ServiceExport"),
        ("multicluster.x-k8s.io", "ServiceImport"),
    ];

    /// <summary>Kinds that users write for a mesh, as opposed to the platform's own.</summary>
    internal static IEnumerable<KindReader> MeshKinds => Readers.Where(reader => reader.IsStrict);

    /// <summary>Those that are read.</summary>
    internal static IReadOnlyList<KindReader> All => Readers;

    /// <param name="name">Of the object, where it has one that can be read.</param>
    internal static KindLookup Find(string apiVersion, string kind, string? name)
    {
        var slash = apiVersion.IndexOf('/');
        var (group, version) = slash < 0 ? ("", apiVersion) : (apiVersion[..slash], apiVersion[(slash + 1)..]);
        var reader = Array.Find(Readers, r => r.Kind == kind && r.Group == group);
        if (reader is not null && kind == Kinds.ConfigMap && name != MeshConfigReader.Name)
        {
            return Ignored(apiVersion, kind);
        }
        if (reader is not null)
        {
            return reader.Versions.Contains(version) ? new KindLookup(reader, null, "") : WrongVersion(reader, apiVersion);
        }
        if (Unsupported.Contains((group, kind)) || group == "gateway.networking.k8s.io")
        {
            return Refuse(DiagnosticCodes.UnsupportedKind, $"{kind} ({apiVersion}) is known but not supported yet: it has no effect");
        }
        // A mesh kind under a group of nobody's, such as networking.istio/v1.
        if (Array.Find(Readers, r => r.IsStrict && r.Kind == kind && kind is not (Kinds.Gateway or Kinds.Sidecar)) is { } elsewhere)
        {
            return WrongVersion(elsewhere, apiVersion);
        }
        var isIstio = group.EndsWith(".istio.io", StringComparison.Ordinal);
        var near = NearestName.Find(kind, KindsOf(group));
        if (isIstio || (group.Length == 0 && near is not null && NearestName.Distance(near, kind) <= 2))
        {
            var hint = near is null ? $"known are {string.Join(", ", KindsOf(isIstio ? Networking : group))}" : $"did you mean {near}?";
            return Refuse(DiagnosticCodes.UnknownKind, $"{kind} is not a kind of {apiVersion}; {hint}");
        }
        return Ignored(apiVersion, kind);
    }

    private static KindLookup Ignored(string apiVersion, string kind) =>
        Refuse(DiagnosticCodes.IgnoredKind, $"{kind} ({apiVersion}) means nothing to a mesh and is ignored");

    private static IEnumerable<string> KindsOf(string group) =>
        Readers.Where(r => r.Group == group).Select(r => r.Kind).Concat(Unsupported.Where(u => u.Group == group).Select(u => u.Kind));

    private static KindLookup WrongVersion(KindReader reader, string apiVersion)
    {
        var known = reader.Versions.Select(version => reader.Group.Length == 0 ? version : $"{reader.Group}/{version}");
        return Refuse(
            DiagnosticCodes.UnknownVersion,
            $"{reader.Kind} has the apiVersion {apiVersion}, must be {string.Join(" or ", known)}"
        );
    }

    private static KindLookup Refuse(DiagnosticCode code, string message) => new(null, code, message);

    private static KindReader<TSpec> Mesh<TSpec>(string kind, Func<ObjectReader, TSpec> readSpec)
        where TSpec : class, IObjectSpec =>
        new(Networking, kind, NetworkingVersions, root => root.Required("spec", readSpec)) { IsStrict = true };

    // Its mistakes must not open anything.
    private static KindReader<TSpec> Restricting<TSpec>(string kind, Func<ObjectReader, TSpec> readRoot, Func<TSpec, bool, TSpec> refused)
        where TSpec : class, ISecuritySpec => new(Security, kind, SecurityVersions, readRoot) { IsStrict = true, Refused = refused };
}
