using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Security;
using Mesh.Xds;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Identity;

/// <summary>
/// The one writer of <see cref="IdentityStore"/>: keeps a certificate there that has life left, and the roots that the control plane says. While none
/// can be had the last one stays.
/// </summary>
internal sealed partial class CertificateRenewer(
    CertificateFetch fetch,
    IdentityStore store,
    CertificateStatus status,
    TimeProvider time,
    Random random,
    ILogger<CertificateRenewer> logger
)
{
    // What is more than the backdating of certificates would make handshakes fail elsewhere.
    private static readonly TimeSpan NotableSkew = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly ReconnectBackoff backoff = new(random);
    private XdsEntry? sentRoots;

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                var due = await RenewAsync(stopping);
                while (
                    RenewalSchedule.Wait(time.GetUtcNow() + (store.Current?.ClockSkew ?? default), due) is var wait && wait > TimeSpan.Zero
                )
                {
                    await Task.Delay(wait, time, stopping);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested) { }
    }

    /// <summary>Takes the trusted roots of what the control plane sent, where they are others than before.</summary>
    public void Trust(XdsSet accepted)
    {
        if (!accepted.Of(TypeUrls.Secret).TryGetValue(SecretResourceNames.Roots, out var entry))
        {
            return;
        }

        lock (gate)
        {
            if (ReferenceEquals(entry, sentRoots))
            {
                return;
            }

            sentRoots = entry;
            var roots = entry.Meaning<TrustedRoots>().Certificates;
            if (store.Current is { } current && !Same(current.Roots, roots))
            {
                store.Publish(current.Trusting(roots));
                LogRoots(logger, roots.Length);
            }
        }
    }

    /// <summary>Tries until there is a certificate; gives when the next is due, by the authority's clock.</summary>
    private async Task<DateTimeOffset> RenewAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                var rootsBefore = Volatile.Read(ref sentRoots);
                var issued = await fetch(store.Current, stopping);
                Publish(issued, rootsBefore);
                backoff.Reset();
                return RenewalSchedule.DueAt(issued.IssuedAt, issued.Certificate.Leaf.NotAfter.ToUniversalTime(), random.NextDouble());
            }
            catch (CertificateException e)
            {
                status.Failed.Inc();
                var left = store.Current is { } current
                    ? current.Leaf.NotAfter.ToUniversalTime() - (time.GetUtcNow() + current.ClockSkew)
                    : default;
                if (left > TimeSpan.Zero)
                {
                    LogNotRenewed(logger, e.Message, left);
                }
                else
                {
                    LogNone(logger, e.Message);
                }

                await Task.Delay(backoff.Next(), time, stopping);
            }
        }
    }

    private void Publish(IssuedCertificate issued, XdsEntry? rootsBefore)
    {
        var certificate = issued.Certificate;
        lock (gate)
        {
            // Roots that were sent while the answer was on its way are newer than those in it.
            var roots = ReferenceEquals(rootsBefore, sentRoots) ? certificate.Roots : sentRoots!.Meaning<TrustedRoots>().Certificates;
            store.Publish(certificate.Trusting(roots));
        }

        status.OnRenewed(issued.IssuedAt - certificate.ClockSkew);
        LogRenewed(logger, certificate.Identity.Uri, certificate.Leaf.SerialNumber, certificate.Leaf.NotAfter.ToUniversalTime());
        if (certificate.ClockSkew.Duration() > NotableSkew)
        {
            LogSkew(logger, certificate.ClockSkew);
        }
    }

    private static bool Same(ImmutableArray<X509Certificate2> some, ImmutableArray<X509Certificate2> others) =>
        some.Select(c => c.Thumbprint).ToHashSet(StringComparer.Ordinal).SetEquals(others.Select(c => c.Thumbprint));

    [LoggerMessage(Level = LogLevel.Information, Message = "Certificate of {Identity}: serial {Serial}, until {Until:u}")]
    private static partial void LogRenewed(ILogger logger, string identity, string serial, DateTime until);

    [LoggerMessage(Level = LogLevel.Information, Message = "The control plane has changed the trusted roots: {Count} now")]
    private static partial void LogRoots(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate is not renewed: {Reason}. The present one has {Left} left")]
    private static partial void LogNotRenewed(ILogger logger, string reason, TimeSpan left);

    [LoggerMessage(Level = LogLevel.Warning, Message = "There is no valid certificate: {Reason}")]
    private static partial void LogNone(ILogger logger, string reason);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The control plane's clock is {Skew} ahead of this machine's; peers are judged by its time"
    )]
    private static partial void LogSkew(ILogger logger, TimeSpan skew);
}
