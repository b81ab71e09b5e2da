using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Configuration;

/// <summary>A table with its clusters, and the one without from which it was made: the latter tells whether the resource changed.</summary>
internal sealed record BoundRoutes(RouteTable Unbound, RouteTable Table);
