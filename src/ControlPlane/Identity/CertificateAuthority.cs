using System.Security.Cryptography.X509Certificates;
using Mesh.Kubernetes;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Identity;

/// <summary>
/// Holder of the one reference to the authority's present state: opened or created at the start, then followed, because operators and other replicas
/// change what the store keeps.
/// </summary>
internal sealed partial class CertificateAuthority(
    IAuthorityStore store,
    string trustDomain,
    TimeSpan lifetime,
    TimeProvider time,
    ILogger<CertificateAuthority> logger
)
{
    // Less than the start of a pod may take.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Two who create in the same instant need a second look, rarely a third.
    private const int Attempts = 10;

    private readonly long openedAt = time.GetTimestamp();
    private StoredAuthority? stored;
    private TrustBundle? bundle;

    /// <summary>After <see cref="Bundle"/> was replaced.</summary>
    public event Action? BundleChanged;

    /// <summary>What signs and what is trusted.</summary>
    public AuthorityState State =>
        (Volatile.Read(ref stored) ?? throw new InvalidOperationException("The authority was not opened.")).State;

    /// <summary>The roots to trust.</summary>
    public TrustBundle Bundle => Volatile.Read(ref bundle) ?? throw new InvalidOperationException("The authority was not opened.");

    /// <summary>Since when <see cref="Bundle"/> is what it is, in this process.</summary>
    public DateTimeOffset BundleSince { get; private set; }

    /// <summary>How long this process has it; proxies that follow it come back within seconds of its start.</summary>
    public TimeSpan OpenFor => time.GetElapsedTime(openedAt);

    /// <summary>False before <see cref="OpenAsync"/>.</summary>
    public bool IsOpen => Volatile.Read(ref bundle) is not null;

    /// <summary>First part of every identity it vouches for.</summary>
    public string TrustDomain => trustDomain;

    /// <summary>The longest that a certificate is given.</summary>
    public TimeSpan Lifetime => lifetime;

    /// <summary>Where it is kept.</summary>
    public string Place => store.Place;

    /// <summary>Reads the store, and creates an authority where it is empty. An API server that is away is waited for a while.</summary>
    /// <exception cref="IdentityException">The store cannot be used.</exception>
    public async Task OpenAsync(CancellationToken cancellation = default)
    {
        var start = time.GetTimestamp();
        for (var said = false; ; said = true)
        {
            try
            {
                await OpenOnceAsync(cancellation);
                return;
            }
            catch (IdentityException e) when (IsPassing(e.InnerException) && time.GetElapsedTime(start) < Patience)
            {
                if (!said)
                {
                    LogWaiting(logger, e.Message);
                }

                await Task.Delay(Pause, time, cancellation);
            }
        }
    }

    private static bool IsPassing(Exception? cause) =>
        cause is HttpRequestException or HttpIOException or OperationCanceledException or ApiException { Status.IsTransient: true };

    private async Task OpenOnceAsync(CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var found = await store.ReadAsync(cancellation);
            var wanted = found is null ? AuthorityState.Create(trustDomain, lifetime, time.GetUtcNow()) : Lengthened(found.State);
            if (found is not null && ReferenceEquals(wanted, found.State))
            {
                Take(found);
                LogOpened(
                    logger,
                    store.Place,
                    TrustBundle.Fingerprint(found.State.Signing.Certificate),
                    found.State.Signing.Certificate.NotAfter
                );
                return;
            }

            // Written or not: what counts is what the store says then.
            if (await store.TryWriteAsync(found, wanted, cancellation) && found is null)
            {
                LogCreated(logger, store.Place);
            }
        }

        throw new IdentityException($"{store.Place} changes faster than it can be read; is somebody else writing to it?");
    }

    /// <summary>Looks whether the store has changed. A store that cannot be read leaves everything as it is.</summary>
    public async Task RefreshAsync(CancellationToken cancellation = default)
    {
        try
        {
            if (await store.ReadAsync(cancellation) is not { } found)
            {
                LogGone(logger, store.Place);
            }
            else if (found.Version != stored?.Version)
            {
                Take(found);
                LogFollowed(logger, store.Place, TrustBundle.Fingerprint(found.State.Signing.Certificate), Bundle.Roots.Length);
            }
        }
        // Whatever goes wrong here must not end the loop that will look again.
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
        {
            LogUnreadable(logger, e.Message);
        }
    }

    /// <summary>A certificate for a key whose owner was identified.</summary>
    public X509Certificate2 Issue(PublicKey key, WorkloadIdentity identity, TimeSpan asked) =>
        CertificateIssuer.IssueWorkload(
            State.Signing,
            key,
            identity,
            time.GetUtcNow(),
            asked > TimeSpan.Zero && asked < lifetime ? asked : lifetime
        );

    // How long an old root is needed depends on the longest certificate ever given under it, whoever gave it.
    private AuthorityState Lengthened(AuthorityState state) =>
        state.IsGiven || state.LongestLifetime >= lifetime ? state : state with { LongestLifetime = lifetime };

    private void Take(StoredAuthority found)
    {
        var fresh = found.State.Bundle();
        var changed = fresh.Pem != bundle?.Pem;
        Volatile.Write(ref stored, found);
        if (changed)
        {
            BundleSince = time.GetUtcNow();
            Volatile.Write(ref bundle, fresh);
            BundleChanged?.Invoke();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Waiting: {Problem}")]
    private static partial void LogWaiting(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Made a new authority with a root of its own in {Place}")]
    private static partial void LogCreated(ILogger logger, string place);

    [LoggerMessage(Level = LogLevel.Information, Message = "Authority in {Place}: certificate {Fingerprint} signs, until {Until:u}")]
    private static partial void LogOpened(ILogger logger, string place, string fingerprint, DateTime until);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The authority in {Place} has changed: certificate {Fingerprint} signs, {Roots} roots are trusted"
    )]
    private static partial void LogFollowed(ILogger logger, string place, string fingerprint, int roots);

    [LoggerMessage(Level = LogLevel.Error, Message = "The authority in {Place} is gone; the one in memory goes on")]
    private static partial void LogGone(ILogger logger, string place);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}; the authority in memory goes on")]
    private static partial void LogUnreadable(ILogger logger, string problem);
}
