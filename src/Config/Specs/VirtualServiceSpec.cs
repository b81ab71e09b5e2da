using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>How requests for some hosts are routed, as the user wrote it.</summary>
public sealed record VirtualServiceSpec : IObjectSpec
{
    /// <summary>Names (exact, `*.suffix`, `*` on gateways, or an IP) whose traffic the rules govern; empty makes it a delegate.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>Gateways (`name` or `namespace/name`) and the word `mesh`; empty means the sidecars of the mesh alone.</summary>
    public ImmutableArray<string> Gateways { get; init; } = [];

    /// <summary>Rules for HTTP traffic, first match wins.</summary>
    public ImmutableArray<HttpRouteSpec> Http { get; init; } = [];

    /// <summary>Rules for TLS traffic that is passed through by server name.</summary>
    public ImmutableArray<TlsRouteSpec> Tls { get; init; } = [];

    /// <summary>Rules for opaque TCP traffic.</summary>
    public ImmutableArray<TcpRouteSpec> Tcp { get; init; } = [];

    /// <summary>Namespaces that may see it: `*`, `.`, or names; empty means all.</summary>
    public ImmutableArray<string> ExportTo { get; init; } = [];
}
