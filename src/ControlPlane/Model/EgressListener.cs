using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>Hosts imported by a Sidecar, all ports (port null) or through one listener at <c>Bind:Port</c>.</summary>
/// <param name="Hosts">Pairs of namespace (or <c>*</c>) and host (exact, wildcard or <c>*</c>), already resolved from <c>./</c> and <c>~/</c>.</param>
internal sealed record EgressListener(int? Port, PortProtocol Protocol, string? Bind, ImmutableArray<HostImport> Hosts);
