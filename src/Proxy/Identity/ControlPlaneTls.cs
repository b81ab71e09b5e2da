using System.Security.Cryptography.X509Certificates;
using Mesh.Grpc;
using Mesh.Proxy.Security;

namespace Mesh.Proxy.Identity;

/// <summary>How connections to the control plane know it and show who we are, by files and certificate of the moment.</summary>
internal sealed class ControlPlaneTls(ProxyIdentityOptions options, IdentityStore store, TimeProvider time)
{
    /// <summary>For one connection. The control plane's certificate must carry the name or address that it is dialled by, which no workload's does.</summary>
    /// <exception cref="CertificateException">There is no root to know it by.</exception>
    public GrpcTlsOptions Current()
    {
        var current = store.Current;
        var anchors = new X509Certificate2Collection(current?.Roots.ToArray() ?? []);
        // The file stays good for one thing: a proxy that was cut off while the roots were exchanged finds the way back by it.
        anchors.AddRange(ReadRoots(required: current is null));
        var expired = current is not null && current.Leaf.NotAfter.ToUniversalTime() <= (time.GetUtcNow() + current.ClockSkew).UtcDateTime;
        return new() { TrustAnchors = anchors, ClientCertificateContext = expired ? null : current?.Context };
    }

    private X509Certificate2[] ReadRoots(bool required)
    {
        try
        {
            if (TrustedRoots.Parse(File.ReadAllText(options.MeshRoot)) is { } roots)
            {
                return [.. roots.Certificates];
            }

            return required ? throw new CertificateException($"--mesh-root {options.MeshRoot} holds no certificate in PEM") : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return required ? throw new CertificateException($"--mesh-root {options.MeshRoot} cannot be read: {e.Message}", e) : [];
        }
    }
}
