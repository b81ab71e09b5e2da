namespace Mesh.Config.Specs;

/// <summary>Where traffic of a region goes when it has no healthy endpoint.</summary>
public sealed record LocalityFailoverSpec
{
    /// <summary>Region.</summary>
    public required string From { get; init; }

    /// <summary>Region that takes over.</summary>
    public required string To { get; init; }
}
