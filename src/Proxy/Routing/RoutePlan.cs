namespace Mesh.Proxy.Routing;

/// <summary>
/// What routing decided for one request, as data: the codec carries it out. <see cref="Rule"/> is null where nothing matched
/// (<see cref="Failure.NoRoute"/>); <see cref="Destination"/> is null unless the rule forwards.
/// </summary>
internal readonly record struct RoutePlan(VirtualHost? VirtualHost, Rule? Rule, WeightedDestination? Destination);
