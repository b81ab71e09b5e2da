namespace Mesh.ControlPlane.Model;

/// <summary>The faults that a rule injects; null parts inject nothing.</summary>
internal sealed record FaultInjection(FaultDelay? Delay, FaultAbort? Abort);
