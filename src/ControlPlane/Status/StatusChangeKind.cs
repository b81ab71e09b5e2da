namespace Mesh.ControlPlane.Status;

/// <summary>What differs between a status and what it should be; of several, the first named here that matters more.</summary>
internal enum StatusChangeKind
{
    None,

    /// <summary>How many proxies have the object.</summary>
    Count,

    /// <summary>What is said of the object in other words.</summary>
    Wording,

    /// <summary>Something that the reader does not know yet: another version, a problem that came or went.</summary>
    News,
}
