namespace Mesh.Config.Specs;

/// <summary>A copy of a share of the requests, whose answers are dropped.</summary>
public sealed record MirrorSpec
{
    /// <summary>Where the mirror begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Where the copies go.</summary>
    public required DestinationSpec Destination { get; init; }

    /// <summary>Share of requests in per cent, 0 to 100; absent means all.</summary>
    public double? Percentage { get; init; }
}
