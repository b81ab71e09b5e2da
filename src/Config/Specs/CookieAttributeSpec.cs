namespace Mesh.Config.Specs;

/// <summary>One attribute of a made cookie.</summary>
public sealed record CookieAttributeSpec
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its value; absent for flags.</summary>
    public string? Value { get; init; }
}
