using Mesh.Config;
using Mesh.Config.Specs;

namespace Mesh.ControlPlane.Translation;

/// <summary>An HTTP rule and the place where a user wrote it: in the VirtualService itself, or in one that it delegates to.</summary>
/// <param name="Owner">Whose short names and whose file it is.</param>
/// <param name="Path">Of the rule in its owner.</param>
/// <param name="Broken">Why it can do nothing; its requests are answered 500 with this reason. Null where all is well.</param>
internal sealed record WrittenRule(ConfigObject Owner, HttpRouteSpec Spec, FieldPath Path, string? Broken = null)
{
    /// <summary>The rule that delegates to it; null where it stands for itself.</summary>
    public WrittenRule? Root { get; init; }

    /// <summary>Its matches are those of two rules joined, so that their numbers are nobody's.</summary>
    public bool IsJoined { get; init; }

    /// <summary>For a sentence: by its name, or by its place.</summary>
    public string Name => Spec.Name is { Length: > 0 } name ? $"rule '{name}'" : $"rule {Path.ToString()["spec.".Length..]}";

    public FieldPath MatchAt(int index) => IsJoined ? Path.Field("match") : Path.Field("match").Index(index);
}
