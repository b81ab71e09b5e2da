using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Configuration;

/// <summary>One chain with the routes or clusters it refers to.</summary>
/// <param name="Inline">The bound form of routes written in the listener itself.</param>
internal sealed record CompiledChain(ChainPlan Plan, RouteTable? Http, BoundRoutes? Inline, WeightedDestinations? Tcp);
