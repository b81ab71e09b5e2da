namespace Mesh.Kubernetes.Watching;

/// <summary>Keeps the copy that a <see cref="ResourceWatcher"/> makes follow. Called by one thread at a time.</summary>
public interface IResourceObserver
{
    /// <summary>This is all there is: whatever else the copy has is gone.</summary>
    void Replace(IReadOnlyList<KubernetesObject> all);

    /// <summary>An object is new or changed.</summary>
    void Apply(KubernetesObject changed);

    /// <summary>An object is gone.</summary>
    void Remove(KubernetesObject gone);

    /// <summary>The collection cannot be followed for the moment; the copy stays as it is. Null once it can again.</summary>
    /// <param name="problem">For people: what was asked, and why it failed.</param>
    void Report(string? problem);
}
