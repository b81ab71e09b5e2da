namespace Mesh.Config.Specs;

/// <summary>An object of the policy's own namespace that the policy is attached to.</summary>
public sealed record TargetRefSpec
{
    /// <summary>Where the reference is written.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>API group; empty for the core group.</summary>
    public string Group { get; init; } = "";

    /// <summary>Kind, such as Service or Gateway.</summary>
    public required string Kind { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Namespace; may not be given, as in Istio: the object is in the policy's own.</summary>
    public string? Namespace { get; init; }
}
