namespace Mesh.ControlPlane.Model;

/// <summary>Whether a port takes plaintext, mutual TLS or both.</summary>
internal enum PeerMode
{
    Permissive,
    Disable,
    Strict,
}
