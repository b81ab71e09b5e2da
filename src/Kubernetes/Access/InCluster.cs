using System.Security.Cryptography.X509Certificates;

namespace Mesh.Kubernetes.Access;

/// <summary>What the kubelet gives every pod: the API server's address, its authority, a token and the namespace.</summary>
public static class InCluster
{
    /// <summary>Where a pod's service account is mounted.</summary>
    public const string ServiceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <param name="host">Value of <c>KUBERNETES_SERVICE_HOST</c>.</param>
    /// <param name="port">Value of <c>KUBERNETES_SERVICE_PORT</c>.</param>
    /// <param name="folder">Where the service account is mounted.</param>
    /// <exception cref="KubeConfigException">This is no pod, or one without service account.</exception>
    public static ClusterAccess Load(string? host, string? port, TimeProvider time, string folder = ServiceAccountFolder)
    {
        if (string.IsNullOrEmpty(host) || string.IsNullOrEmpty(port))
        {
            throw new KubeConfigException(
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set, so this is no pod; give a kubeconfig instead."
            );
        }

        var authorities = new X509Certificate2Collection();
        var authority = Path.Combine(folder, "ca.crt");
        try
        {
            authorities.ImportFromPemFile(authority);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new KubeConfigException($"The API server's authority {authority} cannot be read: {e.Message}");
        }

        var ns = Path.Combine(folder, "namespace");
        return new ClusterAccess
        {
            Server = new UriBuilder(Uri.UriSchemeHttps, host.Contains(':', StringComparison.Ordinal) ? $"[{host.Trim('[', ']')}]" : host)
            {
                Port = int.TryParse(port, out var number) ? number : 443,
            }.Uri,
            Authorities = authorities,
            AuthorityFile = authority,
            Credentials = new TokenFile(Path.Combine(folder, "token"), time),
            Namespace = File.Exists(ns) ? File.ReadAllText(ns).Trim() : "default",
        };
    }
}
