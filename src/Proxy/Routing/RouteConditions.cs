namespace Mesh.Proxy.Routing;

/// <summary>Everything a rule asks of a request, compiled: all conditions must hold.</summary>
internal sealed partial class RouteConditions;
