namespace Mesh.ControlPlane.Model;

/// <summary>How a new endpoint comes to its full share; null is "not set".</summary>
internal sealed record Warmup(TimeSpan Duration, double? MinimumPercent, double? Aggression);
