namespace Mesh.Config.Specs;

/// <summary>A header in which tokens stand.</summary>
public sealed record TokenHeaderSpec
{
    /// <summary>The header.</summary>
    public string Name { get; init; } = "";

    /// <summary>What stands before the token, with the white space between the two.</summary>
    public string Prefix { get; init; } = "";
}
