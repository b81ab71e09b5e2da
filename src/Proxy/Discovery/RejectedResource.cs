namespace Mesh.Proxy.Discovery;

/// <summary>A resource that was refused, for <c>/config_dump</c>: the last good one of that name, if any, stays in force.</summary>
internal sealed record RejectedResource(string TypeUrl, string Name, string Version, string Reason, DateTimeOffset At);
