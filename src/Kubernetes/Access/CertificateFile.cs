using System.Security.Cryptography.X509Certificates;

namespace Mesh.Kubernetes.Access;

/// <summary>A client certificate in files that somebody else renews: looked at each minute, and after a refusal.</summary>
/// <param name="path">Of the certificate; its change tells that there is another.</param>
/// <param name="authorization">Shown beside; null for nothing.</param>
/// <param name="first">What the files had when the kubeconfig was read.</param>
/// <param name="read">Reads both files.</param>
internal sealed class CertificateFile(
    string path,
    string? authorization,
    X509Certificate2 first,
    Func<X509Certificate2> read,
    TimeProvider time
) : CredentialSource
{
    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(1);

    private volatile Seen _seen = new(new(authorization, first), File.GetLastWriteTimeUtc(path), time.GetTimestamp());
    private volatile bool _refused;

    public override ValueTask<Credential> GetAsync(CancellationToken cancellation)
    {
        var seen = _seen;
        if (!_refused && time.GetElapsedTime(seen.At) < Freshness)
        {
            return new(seen.Credential);
        }

        _refused = false;
        try
        {
            var written = File.GetLastWriteTimeUtc(path);
            var credential = written == seen.Written ? seen.Credential : new Credential(authorization, read());
            _seen = seen = new(credential, written, time.GetTimestamp());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KubeConfigException)
        {
            // The two are being exchanged; the last ones may be good still.
        }

        return new(seen.Credential);
    }

    public override void Refused() => _refused = true;

    private sealed record Seen(Credential Credential, DateTime Written, long At);
}
