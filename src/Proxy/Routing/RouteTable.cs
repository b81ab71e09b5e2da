namespace Mesh.Proxy.Routing;

/// <summary>
/// All virtual hosts of one route configuration, compiled: finds the virtual host by authority and in it the first rule that takes
/// the request. Exact domains beat suffix wildcards (longest first), those beat prefix wildcards (longest first), those beat <c>*</c>
/// (Envoy's domain search order). Allocates nothing per request.
/// </summary>
internal sealed partial class RouteTable
{
    /// <summary>The xDS name of the route configuration.</summary>
    public required string Name { get; init; }

    /// <summary>Version of the resource it was compiled from, for the access log and <c>/config_dump</c>.</summary>
    public required string Version { get; init; }
}
