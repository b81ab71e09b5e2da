namespace Mesh.Config.Specs;

/// <summary>One port of a slice.</summary>
public sealed record EndpointPortSpec
{
    /// <summary>Name of the service port; empty or absent for an unnamed one.</summary>
    public string? Name { get; init; }

    /// <summary>TCP, UDP or SCTP.</summary>
    public string Protocol { get; init; } = "TCP";

    /// <summary>Number; absent means every port.</summary>
    public int? Port { get; init; }

    /// <summary>Application protocol.</summary>
    public string? AppProtocol { get; init; }
}
