using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Mesh.Kubernetes.Watching;

namespace Mesh.Kubernetes.Webhooks;

/// <summary>Follows one webhook configuration and keeps every <c>caBundle</c> in it what the shared Secret says, also after others wrote it.</summary>
/// <param name="resource"><see cref="Mutating"/> or <see cref="Validating"/>.</param>
/// <param name="secret">Asked before every write, so that replicas with an older certificate do not write against each other.</param>
/// <param name="report">Hears why the configuration cannot be read or written, and null once it can again.</param>
public sealed class CaBundleWriter(
    KubernetesClient client,
    ApiResource resource,
    string name,
    ServingSecretWriter secret,
    ServingCertificate certificate,
    Action<string?> report,
    TimeProvider time,
    Random random
) : IResourceObserver
{
    /// <summary>Webhooks that change objects.</summary>
    public static readonly ApiResource Mutating = new(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        Namespaced: false
    );

    /// <summary>Webhooks that refuse objects.</summary>
    public static readonly ApiResource Validating = new(
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        Namespaced: false
    );

    // Beside the watch: authorities change without the configuration changing.
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    // Where somebody else insists on another value, neither is to keep the API server busy.
    private static readonly TimeSpan AfterWrite = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(1);
    private bool _reported;
    private bool _wrote;

    /// <summary>Ends when cancelled; nothing else ends it.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var watcher = new ResourceWatcher(client, resource, null, new ListOptions(null, "metadata.name=" + name), this, time, random);
        var watching = watcher.RunAsync(cancellation);
        while (!cancellation.IsCancellationRequested)
        {
            var sound = await PatchAsync(cancellation);
            if (_wrote)
            {
                await Task.Delay(AfterWrite, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(
                _changed.Reader.ReadAsync(pause.Token).AsTask(),
                Task.Delay(sound ? Period : AfterFailure, time, pause.Token)
            );
            await pause.CancelAsync();
        }

        await watching;
    }

    void IResourceObserver.Replace(IReadOnlyList<KubernetesObject> all) => Ring();

    void IResourceObserver.Apply(KubernetesObject changed) => Ring();

    void IResourceObserver.Remove(KubernetesObject gone) { }

    void IResourceObserver.Report(string? problem) => Report(problem);

    // Rung twice before it is heard counts once.
    private void Ring() => _changed.Writer.TryWrite(true);

    private async Task<bool> PatchAsync(CancellationToken cancellation)
    {
        _wrote = false;
        try
        {
            if (!await secret.RefreshAsync(cancellation))
            {
                return false;
            }

            while (!_wrote && await client.GetAsync(resource, null, name, cancellation) is { } found && Patched(found) is { } patched)
            {
                try
                {
                    await client.ReplaceAsync(resource, null, name, Encoding.UTF8.GetBytes(patched.ToJsonString()), cancellation);
                    _wrote = true;
                }
                catch (ApiException e) when (e.Status.IsConflict)
                {
                    // Somebody else changed it meanwhile: again, from what is there now.
                }
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
    }

    // Null where nothing is to be changed.
    private JsonNode? Patched(KubernetesObject found)
    {
        var json = JsonNode.Parse(found.Json.Span)!;
        var wanted = Convert.ToBase64String(Encoding.UTF8.GetBytes(certificate.AuthorityPem));
        var changed = false;
        foreach (var webhook in json["webhooks"] as JsonArray ?? [])
        {
            if (webhook?["clientConfig"] is JsonObject target && (string?)target["caBundle"] != wanted)
            {
                target["caBundle"] = wanted;
                changed = true;
            }
        }

        return changed ? json : null;
    }

    private void Report(string? problem)
    {
        lock (_changed)
        {
            if (problem is not null || _reported)
            {
                report(problem);
            }

            _reported = problem is not null;
        }
    }
}
