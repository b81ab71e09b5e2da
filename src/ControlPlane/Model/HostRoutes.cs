namespace Mesh.ControlPlane.Model;

/// <summary>A host of a VirtualService and the routes that won it for one client.</summary>
internal sealed record HostRoutes(string Host, RouteSet Routes);
