using System.Security.Cryptography.X509Certificates;

namespace Mesh.Kubernetes.Access;

/// <summary>A token in a file that somebody else renews, as the kubelet does: read again each minute, and after a refusal.</summary>
/// <param name="certificate">Shown beside; null for none.</param>
public sealed class TokenFile(string path, TimeProvider time, X509Certificate2? certificate = null) : CredentialSource
{
    // As client-go: the kubelet renews a token at 80 % of its life, which is at least ten minutes.
    private static readonly TimeSpan Freshness = TimeSpan.FromMinutes(1);

    private volatile Read? _read;

    /// <inheritdoc/>
    public override async ValueTask<Credential> GetAsync(CancellationToken cancellation)
    {
        var read = _read;
        if (read is not null && time.GetElapsedTime(read.At) < Freshness)
        {
            return read.Credential;
        }

        try
        {
            var token = (await File.ReadAllTextAsync(path, cancellation)).Trim();
            if (token.Length == 0)
            {
                throw new IOException("it is empty");
            }

            _read = read = new(Credential.Bearer(token) with { Certificate = certificate }, time.GetTimestamp());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A token that was good a moment ago may be so still: the file is replaced, not edited.
            if (read is null)
            {
                throw new KubeConfigException($"The token file {path} cannot be read: {e.Message}");
            }
        }

        return read.Credential;
    }

    /// <inheritdoc/>
    public override void Refused() => _read = null;

    private sealed record Read(Credential Credential, long At);
}
