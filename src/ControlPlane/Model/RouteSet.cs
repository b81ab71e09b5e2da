using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>One accepted VirtualService: hosts resolved to full names, destinations resolved to services and subsets.</summary>
/// <param name="Hosts">Fully qualified or wildcard hosts, lower case.</param>
/// <param name="InMesh">True if it applies to sidecars (gateways absent or containing <c>mesh</c>).</param>
/// <param name="CreatedAt">Decides conflicts: of two equally specific hosts the older wins; null is youngest.</param>
internal sealed record RouteSet(
    string Namespace,
    string Name,
    ImmutableArray<string> Hosts,
    ImmutableArray<string> Gateways,
    bool InMesh,
    ImmutableArray<Rule> Http,
    ImmutableArray<TcpRule> Tcp,
    Visibility Visibility,
    DateTimeOffset? CreatedAt,
    SourceRef Source
);
