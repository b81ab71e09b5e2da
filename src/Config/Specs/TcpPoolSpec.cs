namespace Mesh.Config.Specs;

/// <summary>Connection limits.</summary>
public sealed record TcpPoolSpec
{
    /// <summary>Most connections; absent or not positive means no limit.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Limit for connecting; absent means 10 s.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>Keep-alive probes; absent means the operating system's default.</summary>
    public TcpKeepaliveSpec? TcpKeepalive { get; init; }

    /// <summary>Longest life of a connection; absent means no limit.</summary>
    public TimeSpan? MaxConnectionDuration { get; init; }

    /// <summary>Idle time after which a TCP connection is closed; absent means 1 h, zero means never.</summary>
    public TimeSpan? IdleTimeout { get; init; }
}
