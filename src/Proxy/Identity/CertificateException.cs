namespace Mesh.Proxy.Identity;

/// <summary>No certificate could be had; the message says why and has nothing secret.</summary>
internal sealed class CertificateException(string message, Exception? inner = null) : Exception(message, inner);
