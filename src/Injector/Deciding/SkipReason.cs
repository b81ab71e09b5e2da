namespace Mesh.Injector.Deciding;

/// <summary>Why a pod is left alone.</summary>
internal enum SkipReason
{
    /// <summary>It is not left alone.</summary>
    None,
    HostNetwork,
    Windows,
    SystemNamespace,
    PodDisabled,
    NamespaceDisabled,
    NamespaceNotOptedIn,
    OtherRevision,
    NeverInject,
    Disabled,
}
