namespace Mesh.Proxy.Routing.Faults;

/// <summary>What a <see cref="FaultPolicy"/> does to one request: first the delay, then the abort.</summary>
/// <param name="Delay">Zero for none.</param>
/// <param name="Abort">Null lets the request go on.</param>
internal readonly record struct FaultDecision(TimeSpan Delay, FaultAbort? Abort);
