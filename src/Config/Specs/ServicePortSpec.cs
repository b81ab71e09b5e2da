namespace Mesh.Config.Specs;

/// <summary>One port of a Service.</summary>
public sealed record ServicePortSpec
{
    /// <summary>Where the port begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Its name; its prefix declares the protocol.</summary>
    public string? Name { get; init; }

    /// <summary>TCP, UDP or SCTP.</summary>
    public string Protocol { get; init; } = "TCP";

    /// <summary>The service port.</summary>
    public required int Port { get; init; }

    /// <summary>Port of the pods; absent means Port unless TargetPortName is set.</summary>
    public int? TargetPort { get; init; }

    /// <summary>Name of the container port.</summary>
    public string? TargetPortName { get; init; }

    /// <summary>Application protocol; wins over the name's prefix.</summary>
    public string? AppProtocol { get; init; }
}
