namespace Mesh.ControlPlane.Model;

/// <summary>Ejects endpoints whose success rate is far below the mean; null is "not set".</summary>
internal sealed record SuccessRate(int? MinimumHosts, int? RequestVolume, double? StdevFactor, int? Enforcing);
