namespace Mesh.Config.Specs;

/// <summary>Limits of connections and requests.</summary>
public sealed record ConnectionPoolSpec
{
    /// <summary>Limits common to TCP and HTTP.</summary>
    public TcpPoolSpec? Tcp { get; init; }

    /// <summary>Limits of HTTP.</summary>
    public HttpPoolSpec? Http { get; init; }
}
