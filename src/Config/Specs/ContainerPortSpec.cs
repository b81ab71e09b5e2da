namespace Mesh.Config.Specs;

/// <summary>A declared port of a container.</summary>
public sealed record ContainerPortSpec
{
    /// <summary>Its name, which Services may use as target.</summary>
    public string? Name { get; init; }

    /// <summary>The number.</summary>
    public required int Port { get; init; }

    /// <summary>TCP, UDP or SCTP.</summary>
    public string Protocol { get; init; } = "TCP";
}
