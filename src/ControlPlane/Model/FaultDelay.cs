namespace Mesh.ControlPlane.Model;

/// <summary>A delay for a share of the requests, in per cent above 0 and up to 100.</summary>
internal sealed record FaultDelay(TimeSpan Time, double Percentage);
