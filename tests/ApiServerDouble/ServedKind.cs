namespace Mesh.ApiServerDouble;

/// <summary>One kind that the double serves.</summary>
public sealed record ServedKind(string Group, string Version, string Plural, string Kind, bool Namespaced = true, bool HasStatus = true)
{
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Lists of built-in kinds leave apiVersion and kind out of their items; those of custom resources have them.</summary>
    public bool IsBuiltIn => !Group.Contains("istio.io", StringComparison.Ordinal);

    /// <summary>The kind of the definitions of custom kinds.</summary>
    public static ServedKind Definitions => All.First(kind => kind.Kind == "CustomResourceDefinition");

    /// <summary>In which versions a server of a minor version has it.</summary>
    public IReadOnlyList<string> Versions(int minor) =>
        Group switch
        {
            "networking.istio.io" => ["v1", "v1beta1", "v1alpha3"],
            "security.istio.io" => ["v1", "v1beta1"],
            "discovery.k8s.io" or "policy" when minor < 21 => ["v1beta1"],
            "discovery.k8s.io" or "policy" when minor < 25 => ["v1", "v1beta1"],
            "autoscaling" when minor < 23 => ["v1", "v2beta2"],
            _ => [Version],
        };

    /// <summary>What the tests of this product need.</summary>
    public static IReadOnlyList<ServedKind> All { get; } =
    [
        new("", "v1", "services", "Service"),
        new("", "v1", "pods", "Pod"),
        new("", "v1", "namespaces", "Namespace", Namespaced: false),
        new("", "v1", "nodes", "Node", Namespaced: false),
        new("", "v1", "secrets", "Secret", HasStatus: false),
        new("", "v1", "configmaps", "ConfigMap", HasStatus: false),
        new("", "v1", "events", "Event", HasStatus: false),
        new("", "v1", "serviceaccounts", "ServiceAccount", HasStatus: false),
        new("apps", "v1", "deployments", "Deployment"),
        new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
        new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
        new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", HasStatus: false),
        new("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false, false),
        new("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false, false),
        new("rbac.authorization.k8s.io", "v1", "roles", "Role", HasStatus: false),
        new("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", HasStatus: false),
        new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", HasStatus: false),
        new("coordination.k8s.io", "v1", "leases", "Lease", HasStatus: false),
        new("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", false, false),
        new("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", false, false),
        new("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", Namespaced: false),
        new("networking.istio.io", "v1", "virtualservices", "VirtualService"),
        new("networking.istio.io", "v1", "destinationrules", "DestinationRule"),
        new("networking.istio.io", "v1", "serviceentries", "ServiceEntry"),
        new("networking.istio.io", "v1", "workloadentries", "WorkloadEntry"),
        new("networking.istio.io", "v1", "sidecars", "Sidecar"),
        new("networking.istio.io", "v1", "gateways", "Gateway"),
        new("security.istio.io", "v1", "authorizationpolicies", "AuthorizationPolicy"),
        new("security.istio.io", "v1", "peerauthentications", "PeerAuthentication"),
        new("security.istio.io", "v1", "requestauthentications", "RequestAuthentication"),
    ];
}
