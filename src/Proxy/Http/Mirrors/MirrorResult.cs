namespace Mesh.Proxy.Http.Mirrors;

/// <summary>What became of a copy; a label of <c>mesh_mirrored_requests_total</c>.</summary>
internal enum MirrorResult : byte
{
    /// <summary>It was never due.</summary>
    None,

    /// <summary>The mirror answered, whatever it said.</summary>
    Answered,

    /// <summary>No connection, no answer in time, or a broken one.</summary>
    Failed,

    /// <summary>Dropped: too many copies to that cluster are under way.</summary>
    Busy,

    /// <summary>Dropped: the body is larger than a copy may be, or all copies together hold too much.</summary>
    TooLarge,

    /// <summary>Dropped: the client's body did not come whole.</summary>
    Incomplete,

    /// <summary>Dropped: there is no such cluster, or none of its endpoints can be picked.</summary>
    NoEndpoint,
}
