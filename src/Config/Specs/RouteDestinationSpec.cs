namespace Mesh.Config.Specs;

/// <summary>One weighted HTTP destination.</summary>
public sealed record RouteDestinationSpec
{
    /// <summary>Where the destination begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Where the requests go.</summary>
    public required DestinationSpec Destination { get; init; }

    /// <summary>Share relative to the other destinations; ignored for a single destination, 0 gets nothing.</summary>
    public int Weight { get; init; }

    /// <summary>Header edits for this destination alone.</summary>
    public HeadersSpec? Headers { get; init; }
}
