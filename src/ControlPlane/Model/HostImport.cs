namespace Mesh.ControlPlane.Model;

/// <summary>One <c>namespace/host</c> of a Sidecar's egress.</summary>
internal sealed record HostImport(string Namespace, string Host);
