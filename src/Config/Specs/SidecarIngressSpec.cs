namespace Mesh.Config.Specs;

/// <summary>One inbound listener.</summary>
public sealed record SidecarIngressSpec
{
    /// <summary>Where it begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>The port.</summary>
    public required PortSpec Port { get; init; }

    /// <summary>Address to listen on.</summary>
    public string? Bind { get; init; }

    /// <summary>How traffic reaches it.</summary>
    public CaptureMode CaptureMode { get; init; }

    /// <summary>`127.0.0.1:PORT`, `0.0.0.0:PORT`, `[::1]:PORT` or `unix:///path` of the application.</summary>
    public string? DefaultEndpoint { get; init; }

    /// <summary>TLS of the port.</summary>
    public ServerTlsSpec? Tls { get; init; }

    /// <summary>Limits of this listener.</summary>
    public ConnectionPoolSpec? ConnectionPool { get; init; }
}
