using System.Text;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Kubernetes.Webhooks;
using Mesh.Tests;

namespace Mesh.Kubernetes.Tests.Webhooks;

#pragma warning disable CA1001 // disposed in DisposeAsync
public sealed class CaBundleTests : IAsyncLifetime
{
    private static readonly string[] Names = ["mesh.mesh-system.svc"];

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _running = [];
    private readonly List<string> _problems = [];
    private ApiServer _server = null!;
    private KubernetesClient _client = null!;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        _client = TestApi.Client(_server);
    }

    public async Task DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running);
        _client.Dispose();
        await _server.DisposeAsync();
        _stopping.Dispose();
    }

    [Fact]
    public async Task Three_replicas_that_start_together_agree_on_one_certificate()
    {
        var replicas = Enumerable.Range(0, 3).Select(_ => new ServingCertificate()).ToArray();
        await Task.WhenAll(replicas.Select(async replica => Assert.True(await Writer(replica).RefreshAsync(default))));
        Assert.Single(replicas.Select(replica => replica.Current!.Thumbprint).Distinct());
        Assert.Single(replicas.Select(replica => replica.AuthorityPem).Distinct());
    }

    [Fact]
    public async Task A_bundle_is_written_into_every_webhook_and_again_after_somebody_emptied_it()
    {
        _server.Put(Configuration());
        var certificate = new ServingCertificate();
        var writer = Writer(certificate);
        _running.Add(
            new CaBundleWriter(
                _client,
                CaBundleWriter.Validating,
                "mesh",
                writer,
                certificate,
                Note,
                TimeProvider.System,
                new Random(1)
            ).RunAsync(_stopping.Token)
        );
        await UntilPatchedAsync(certificate);
        Assert.Equal("https://127.0.0.1:1/validate", (string?)(await WebhooksAsync())[1]!["clientConfig"]!["url"]);

        _server.Put(Configuration());
        await UntilPatchedAsync(certificate);
        Assert.Empty(_problems);
    }

    [Fact]
    public async Task Who_insists_on_another_bundle_is_answered_once_a_second()
    {
        _server.Put(Configuration());
        var certificate = new ServingCertificate();
        var time = new ManualTime();
        _running.Add(
            new CaBundleWriter(
                _client,
                CaBundleWriter.Validating,
                "mesh",
                Writer(certificate),
                certificate,
                Note,
                time,
                new Random(1)
            ).RunAsync(_stopping.Token)
        );
        await UntilPatchedAsync(certificate);
        for (var round = 0; round < 3; round++)
        {
            _server.Put(Configuration());
            var seconds = 0;
            await UntilPatchedAsync(
                certificate,
                () =>
                {
                    time.Advance(TimeSpan.FromSeconds(1));
                    seconds++;
                }
            );
            Assert.True(seconds > 0, "it was written again at once");
        }
    }

    [Fact]
    public async Task A_configuration_that_comes_later_is_waited_for()
    {
        var certificate = new ServingCertificate();
        _running.Add(
            new CaBundleWriter(
                _client,
                CaBundleWriter.Validating,
                "mesh",
                Writer(certificate),
                certificate,
                Note,
                TimeProvider.System,
                new Random(1)
            ).RunAsync(_stopping.Token)
        );
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (_server.Watches == 0)
        {
            await Task.Delay(5, limit.Token);
        }

        _server.Put(Configuration());
        await UntilPatchedAsync(certificate);
    }

    private ServingSecretWriter Writer(ServingCertificate certificate) =>
        new(_client, "mesh-system", "mesh-webhook", Names, certificate, Note, TimeProvider.System);

    private void Note(string? problem)
    {
        lock (_problems)
        {
            if (problem is not null)
            {
                _problems.Add(problem);
            }
        }
    }

    /// <param name="wait">Called where it is not yet so after a moment.</param>
    private async Task UntilPatchedAsync(ServingCertificate certificate, Action? wait = null)
    {
        var looks = 0;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var bundles = (await WebhooksAsync()).Select(one => (string?)one!["clientConfig"]!["caBundle"]).ToArray();
            var wanted = Convert.ToBase64String(Encoding.UTF8.GetBytes(certificate.AuthorityPem));
            if (wanted.Length > 0 && bundles.All(bundle => bundle == wanted))
            {
                return;
            }

            Assert.False(limit.IsCancellationRequested, string.Join("\n", _problems));
            if (looks++ > 0)
            {
                wait?.Invoke();
            }

            await Task.Delay(wait is null ? 5 : 50);
        }
    }

    private async Task<JsonArray> WebhooksAsync() =>
        (JsonArray)TestApi.Json((await _client.GetAsync(CaBundleWriter.Validating, null, "mesh"))!)["webhooks"]!;

    private static JsonObject Configuration() =>
        (JsonObject)
            JsonNode.Parse(
                """
                {
                  "apiVersion": "admissionregistration.k8s.io/v1",
                  "kind": "ValidatingWebhookConfiguration",
                  "metadata": { "name": "mesh" },
                  "webhooks": [
                    { "name": "a.mesh", "clientConfig": { "service": { "name": "mesh", "namespace": "mesh-system" } } },
                    { "name": "b.mesh", "clientConfig": { "url": "https://127.0.0.1:1/validate", "caBundle": "b2xk" } }
                  ]
                }
                """
            )!;
}
