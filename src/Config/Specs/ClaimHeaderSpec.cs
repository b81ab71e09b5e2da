namespace Mesh.Config.Specs;

/// <summary>A header that gets one claim.</summary>
public sealed record ClaimHeaderSpec
{
    /// <summary>The header.</summary>
    public string Header { get; init; } = "";

    /// <summary>The claim; names of nested ones are joined by dots.</summary>
    public string Claim { get; init; } = "";
}
