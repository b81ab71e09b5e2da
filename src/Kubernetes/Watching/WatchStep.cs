namespace Mesh.Kubernetes.Watching;

/// <summary>What a <see cref="ResourceWatcher"/> does next.</summary>
internal enum WatchStep
{
    /// <summary>Ask for the next page of the list.</summary>
    List,

    /// <summary>Watch behind <see cref="WatchSession.ResourceVersion"/>.</summary>
    Watch,

    /// <summary>Let <see cref="WatchSession.Delay"/> pass.</summary>
    Wait,
}
