namespace Mesh.ControlPlane.Model;

/// <summary>How one value is compared; a regex (RE2 syntax) must match the whole value.</summary>
internal sealed record StringMatch(StringMatchKind Kind, string Value);
