namespace Mesh.ControlPlane.Model;

/// <summary>Ejects endpoints that fail too large a share of their requests; null is "not set".</summary>
internal sealed record FailurePercentage(int? Threshold, int? MinimumHosts, int? RequestVolume, int? Enforcing);
