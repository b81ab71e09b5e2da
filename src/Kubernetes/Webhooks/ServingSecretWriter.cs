namespace Mesh.Kubernetes.Webhooks;

/// <summary>
/// Keeps a <see cref="ServingCertificate"/> what the shared Secret says, makes the Secret where there is none and renews it in time; whichever
/// replica is first writes, the others take what it wrote.
/// </summary>
/// <param name="names">DNS names and addresses that the API server calls the webhook by; the first is the certificate's subject.</param>
/// <param name="report">Hears why the Secret cannot be read or written, and null once it can again.</param>
public sealed class ServingSecretWriter(
    KubernetesClient client,
    string ns,
    string name,
    IReadOnlyList<string> names,
    ServingCertificate certificate,
    Action<string?> report,
    TimeProvider time
) : IDisposable
{
    /// <summary>Between looks at the Secret: so late at most a replica serves what another one renewed.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    private static readonly ApiResource Secrets = new("", "v1", "secrets", "Secret");

    private readonly SemaphoreSlim _turn = new(1, 1);
    private ServingSecret? _served;
    private bool _reported;

    /// <summary>Ends when cancelled; nothing else ends it.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var sound = await RefreshAsync(cancellation);
            await Task.Delay(sound ? Period : AfterFailure, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads the Secret, writes it where that is due, and serves what it says. False where that failed; what was served stays.</summary>
    public async Task<bool> RefreshAsync(CancellationToken cancellation)
    {
        try
        {
            await _turn.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        try
        {
            var secret = await AgreeAsync(cancellation);
            if (_served != secret)
            {
                certificate.Set(secret.Server.ReadWithKey(), secret.AuthorityPem);
                _served = secret;
            }

            Report(null);
            return true;
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, CancellationToken.None))
        {
            if (!cancellation.IsCancellationRequested)
            {
                Report(e.Message);
            }

            return false;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<ServingSecret> AgreeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var found = await client.GetAsync(Secrets, ns, name, cancellation);
            var now = time.GetUtcNow();
            var present = found is null ? null : ServingSecret.Read(found);
            var wanted = present?.Renew(names, now) ?? ServingSecret.Create(names, now);
            if (wanted == present)
            {
                return wanted;
            }

            try
            {
                await (
                    found is null
                        ? client.CreateAsync(Secrets, ns, wanted.Write(ns, name, null), cancellation)
                        : client.ReplaceAsync(Secrets, ns, name, wanted.Write(ns, name, found.ResourceVersion), cancellation)
                );
                return wanted;
            }
            catch (ApiException e) when (e.Status.Code == 409)
            {
                // Another replica was quicker: what it wrote holds.
            }
        }
    }

    private void Report(string? problem)
    {
        if (problem is not null || _reported)
        {
            report(problem);
        }

        _reported = problem is not null;
    }
}
