namespace Mesh.Proxy.Upstream.Pools;

/// <summary>What <see cref="UpstreamPools.RentAsync"/> came to.</summary>
/// <param name="Connection">Null unless <see cref="RentStatus.Ready"/>.</param>
/// <param name="Error">Why no connection came about, for the log.</param>
internal readonly record struct Rented(RentStatus Status, UpstreamConnection? Connection, string? Error)
{
    public static Rented Cancelled => new(RentStatus.Cancelled, null, null);

    public static Rented Overflow => new(RentStatus.Overflow, null, null);

    public static Rented Ready(UpstreamConnection connection) => new(RentStatus.Ready, connection, null);

    public static Rented ConnectFailed(string error) => new(RentStatus.ConnectFailed, null, error);
}
