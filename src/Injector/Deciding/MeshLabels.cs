namespace Mesh.Injector.Deciding;

/// <summary>Names of the labels and annotations that users and the mesh agree on, as Istio has them.</summary>
internal static class MeshLabels
{
    public const string NamespaceInjection = "istio-injection";
    public const string Revision = "istio.io/rev";
    public const string Inject = "sidecar.istio.io/inject";
    public const string Status = "sidecar.istio.io/status";
    public const string TlsMode = "security.istio.io/tlsMode";
    public const string CanonicalName = "service.istio.io/canonical-name";
    public const string CanonicalRevision = "service.istio.io/canonical-revision";
    public const string PodSecurity = "pod-security.kubernetes.io/enforce";

    /// <summary>The revision that <c>istio-injection=enabled</c> stands for.</summary>
    public const string DefaultRevision = "default";
}
