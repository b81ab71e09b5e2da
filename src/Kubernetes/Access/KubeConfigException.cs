namespace Mesh.Kubernetes.Access;

/// <summary>A kubeconfig, or something it names, cannot be used; the message says which file, which field and why.</summary>
public sealed class KubeConfigException(string message) : Exception(message);
