using System.Collections.Immutable;

namespace Mesh.ControlPlane.Admission;

/// <summary>What is answered to one review.</summary>
/// <param name="Refusal">Why the object is refused, in one text; null where it is let in.</param>
/// <param name="Warnings">What kubectl shows beside.</param>
internal sealed record ReviewVerdict(string? Refusal, ImmutableArray<string> Warnings)
{
    /// <summary>The same as the refusal, field by field: what <c>kubectl edit</c> shows above the object.</summary>
    public ImmutableArray<(string Field, string Message)> Causes { get; init; } = [];

    public static ReviewVerdict Pass { get; } = new(null, []);
}
