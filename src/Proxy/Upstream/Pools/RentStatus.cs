namespace Mesh.Proxy.Upstream.Pools;

/// <summary>How the wish for a connection ended.</summary>
internal enum RentStatus : byte
{
    /// <summary>There is a connection, and the request counts among the cluster's active ones until it is returned.</summary>
    Ready,

    /// <summary>The caller gave up waiting.</summary>
    Cancelled,

    /// <summary>A limit of the cluster is reached: <see cref="Failure.Overflow"/>.</summary>
    Overflow,

    /// <summary>No connection came about: <see cref="Failure.ConnectFailed"/>.</summary>
    ConnectFailed,

    /// <summary>The same, in the time that the cluster allows: <see cref="Failure.ConnectTimeout"/>.</summary>
    ConnectTimedOut,
}
