namespace Mesh.Config.Specs;

/// <summary>Keep-alive probes of a connection.</summary>
public sealed record TcpKeepaliveSpec
{
    /// <summary>Unanswered probes until it is dead; absent means 9.</summary>
    public int? Probes { get; init; }

    /// <summary>Idle time before probing; absent means 7200 s.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Time between probes; absent means 75 s.</summary>
    public TimeSpan? Interval { get; init; }
}
