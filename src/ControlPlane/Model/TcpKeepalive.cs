namespace Mesh.ControlPlane.Model;

/// <summary>TCP's probes of silent connections; null is the operating system's value.</summary>
internal sealed record TcpKeepalive(int? Probes, TimeSpan? Time, TimeSpan? Interval);
