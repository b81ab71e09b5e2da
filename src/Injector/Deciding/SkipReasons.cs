namespace Mesh.Injector.Deciding;

/// <summary>Each reason's stable name, for metrics, and its sentence, for people.</summary>
internal static class SkipReasons
{
    public static string Id(SkipReason reason) =>
        reason switch
        {
            SkipReason.HostNetwork => "host_network",
            SkipReason.Windows => "windows",
            SkipReason.SystemNamespace => "system_namespace",
            SkipReason.PodDisabled => "pod_disabled",
            SkipReason.NamespaceDisabled => "namespace_disabled",
            SkipReason.NamespaceNotOptedIn => "namespace_not_opted_in",
            SkipReason.OtherRevision => "other_revision",
            SkipReason.NeverInject => "never_inject_selector",
            SkipReason.Disabled => "disabled",
            _ => "none",
        };

    public static string Sentence(SkipReason reason) =>
        reason switch
        {
            SkipReason.HostNetwork => "hostNetwork is true: redirection would catch the node's own traffic",
            SkipReason.Windows => "it is for nodes with Windows, on which the sidecar does not run",
            SkipReason.SystemNamespace => "its namespace belongs to the system",
            SkipReason.PodDisabled => "its label or annotation sidecar.istio.io/inject says false",
            SkipReason.NamespaceDisabled => "its namespace's label istio-injection is not enabled",
            SkipReason.NamespaceNotOptedIn =>
                "neither its namespace (istio-injection, istio.io/rev) nor its label sidecar.istio.io/inject asks for it",
            SkipReason.OtherRevision => "it asks for another revision of the mesh",
            SkipReason.NeverInject => "a neverInjectSelector of the settings picks it",
            SkipReason.Disabled => "injection is disabled in the settings and the pod does not ask for it",
            _ => "it is injected",
        };

    /// <summary>Whether other labels of the namespace would change it: then it pays to look at the namespace as it is now.</summary>
    public static bool DependsOnNamespace(SkipReason reason) =>
        reason is SkipReason.NamespaceDisabled or SkipReason.NamespaceNotOptedIn or SkipReason.OtherRevision;
}
