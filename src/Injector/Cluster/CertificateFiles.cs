using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kubernetes.Webhooks;
using Microsoft.Extensions.Logging;

namespace Mesh.Injector.Cluster;

/// <summary>Serves a certificate that others made and renew in files; a pair that does not fit is reported, and the last good one stays.</summary>
internal sealed class CertificateFiles(
    string certificatePath,
    string keyPath,
    ServingCertificate serving,
    TimeProvider time,
    ILogger logger
)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private (string Certificate, string Key) _read;

    /// <summary>Reads both files now; null, or what is wrong.</summary>
    public string? Load()
    {
        try
        {
            var pair = (File.ReadAllText(certificatePath), File.ReadAllText(keyPath));
            if (pair != _read)
            {
                _read = pair;
                serving.Set(X509Certificate2.CreateFromPem(pair.Item1, pair.Item2), "");
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return $"{certificatePath} and {keyPath} cannot be served: {e.Message}";
        }
    }

    /// <summary>Ends when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        string? reported = null;
        while (!cancellation.IsCancellationRequested)
        {
            await Task.Delay(Between, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Between the two files' renewals they do not fit: that is not worth more than one line.
            var problem = Load();
            if (problem is not null && problem != reported)
            {
                logger.LogError("{Problem}", problem);
            }

            reported = problem;
        }
    }
}
