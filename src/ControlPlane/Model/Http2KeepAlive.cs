namespace Mesh.ControlPlane.Model;

/// <summary>HTTP/2 pings: a connection whose ping is not answered within <paramref name="Timeout"/> is dead.</summary>
internal sealed record Http2KeepAlive(TimeSpan Interval, TimeSpan Timeout);
