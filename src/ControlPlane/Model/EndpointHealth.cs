namespace Mesh.ControlPlane.Model;

/// <summary>Readiness as the platform tells it.</summary>
internal enum EndpointHealth
{
    Healthy,
    Unready,
    Draining,
}
