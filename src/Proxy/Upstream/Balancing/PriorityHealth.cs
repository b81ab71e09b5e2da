namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>Endpoints of one priority, counted.</summary>
internal readonly record struct PriorityHealth(int Total, int Healthy, int Degraded);
