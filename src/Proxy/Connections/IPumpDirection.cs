namespace Mesh.Proxy.Connections;

/// <summary>One way of a <see cref="TcpPump"/>.</summary>
internal interface IPumpDirection
{
    /// <summary>Bytes so far.</summary>
    long Moved { get; }

    /// <summary>Timestamp of the latest.</summary>
    long LastActivity { get; }

    /// <summary>Until the sender has ended its direction and the receiver was told.</summary>
    Task RunAsync();
}
