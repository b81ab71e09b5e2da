namespace Mesh.ControlPlane.Model;

/// <summary>The modes of a DestinationRule's <c>tls</c>.</summary>
internal enum UpstreamTlsMode
{
    Disable,
    Simple,
    Mutual,
    IstioMutual,
}
