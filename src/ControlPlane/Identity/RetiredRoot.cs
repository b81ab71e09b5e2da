using System.Security.Cryptography.X509Certificates;

namespace Mesh.ControlPlane.Identity;

/// <summary>A root that signs no more and is trusted until the last certificate under it has expired.</summary>
internal sealed record RetiredRoot(X509Certificate2 Root, DateTimeOffset LastExpiry);
