namespace Mesh.Kubernetes;

/// <summary>What a watch says.</summary>
public enum WatchEventKind
{
    /// <summary>There is a new object.</summary>
    Added,

    /// <summary>An object changed.</summary>
    Modified,

    /// <summary>An object went; its last state comes along.</summary>
    Deleted,

    /// <summary>Nothing changed up to a version.</summary>
    Bookmark,

    /// <summary>The watch failed.</summary>
    Error,
}
