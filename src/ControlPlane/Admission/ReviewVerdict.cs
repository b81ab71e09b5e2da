using System.Collections.Immutable;

namespace Mesh.ControlPlane.Admission;

/// <summary>What is answered to one review.</summary>
/// <param name="Refusal">Why the object is refused; null where it is let in.</param>
/// <param name="Warnings">What kubectl shows beside.</param>
internal sealed record ReviewVerdict(string? Refusal, ImmutableArray<string> Warnings)
{
    public static ReviewVerdict Pass { get; } = new(null, []);
}
