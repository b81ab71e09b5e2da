namespace Mesh.Config.Specs;

/// <summary>A service, one of its subsets and ports.</summary>
public sealed record DestinationSpec
{
    /// <summary>Service name: short, or fully qualified.</summary>
    public required string Host { get; init; }

    /// <summary>Subset of the service's DestinationRule.</summary>
    public string? Subset { get; init; }

    /// <summary>Port; absent means the service's only port, else the listener's.</summary>
    public int? Port { get; init; }
}
