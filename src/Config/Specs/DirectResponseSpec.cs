namespace Mesh.Config.Specs;

/// <summary>A fixed answer.</summary>
public sealed record DirectResponseSpec
{
    /// <summary>HTTP status code.</summary>
    public required int Status { get; init; }

    /// <summary>Body; absent means empty.</summary>
    public DirectResponseBodySpec? Body { get; init; }
}
