namespace Mesh.Proxy.Upstream.Pools;

/// <summary>What <see cref="UpstreamPools.RentAsync"/> came to.</summary>
/// <param name="Connection">Null unless <see cref="RentStatus.Ready"/>.</param>
/// <param name="Error">Why no connection came about, for the log.</param>
internal readonly record struct Rented(RentStatus Status, UpstreamConnection? Connection, string? Error)
{
    /// <summary><see cref="Failure.None"/> for a connection, and for a caller that gave up and knows why.</summary>
    public Failure Failure =>
        Status switch
        {
            RentStatus.Overflow => Failure.Overflow,
            RentStatus.ConnectFailed => Failure.ConnectFailed,
            RentStatus.ConnectTimedOut => Failure.ConnectTimeout,
            _ => Failure.None,
        };

    public static Rented Cancelled => new(RentStatus.Cancelled, null, null);

    public static Rented Overflow => new(RentStatus.Overflow, null, null);

    public static Rented Ready(UpstreamConnection connection) => new(RentStatus.Ready, connection, null);

    public static Rented ConnectFailed(string error, bool timedOut) =>
        new(timedOut ? RentStatus.ConnectTimedOut : RentStatus.ConnectFailed, null, error);
}
