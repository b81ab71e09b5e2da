namespace Mesh.Config.Specs;

/// <summary>One weighted destination of connections.</summary>
public sealed record L4DestinationSpec
{
    /// <summary>Where the destination begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Where the connections go.</summary>
    public required DestinationSpec Destination { get; init; }

    /// <summary>Share relative to the other destinations; ignored for a single destination.</summary>
    public int Weight { get; init; }
}
