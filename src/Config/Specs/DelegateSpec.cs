namespace Mesh.Config.Specs;

/// <summary>The VirtualService whose rules stand in for this one.</summary>
public sealed record DelegateSpec
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its namespace; absent means that of the root.</summary>
    public string? Namespace { get; init; }
}
