using System.Net.Http.Json;
using System.Text;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>
/// K02: a deployment is restarted pod by pod, as Kubernetes does it. A pod that is ready joins the endpoints, another one leaves them. Its application goes
/// on until clients have heard of that, as with the usual <c>preStop</c>, finishes what it has and listens no more; then the sidecar is told to end.
/// </summary>
public sealed class K02RollingRestartTests : IAsyncLifetime
{
    private const string Service = "shop";
    private const int Replicas = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly List<(EchoUpstream App, Sidecar Sidecar)> _pods = [];
    private LocalMesh _mesh = null!;
    private int _made;

    public async Task InitializeAsync()
    {
        _mesh = await LocalMesh.StartSecureAsync();
        for (var i = 0; i < Replicas; i++)
        {
            _pods.Add(await StartPodAsync());
        }

        Publish();
    }

    public async Task DisposeAsync()
    {
        await _mesh.DisposeAsync();
        foreach (var (app, _) in _pods)
        {
            await app.DisposeAsync();
        }
    }

    [Fact]
    public async Task K02_no_request_fails_while_every_pod_is_replaced()
    {
        var client = await _mesh.StartSidecarAsync();
        using var http1 = new EchoClient(client, Protocols.Http1);
        using var http2 = new EchoClient(client, Protocols.Http2);
        await Wait.UntilAsync("answers", Patience, async () => await AnswerAsync(http1, 0) is "ok", CancellationToken.None);
        await Wait.UntilAsync("answers", Patience, async () => await AnswerAsync(http2, 0) is "ok", CancellationToken.None);
        var old = _pods.Select(pod => pod.App.Version).ToList();

        var answers = await Load.WhileAsync(
            async () =>
            {
                for (var i = 0; i < Replicas; i++)
                {
                    await ReplaceOldestAsync(client);
                }
            },
            i => AnswerAsync(i % 2 == 0 ? http1 : http2, i)
        );

        Assert.True(answers.Keys.SequenceEqual(["ok"]), string.Join('\n', answers.Select(a => $"{a.Value} x {a.Key}")));
        Assert.Equal(Replicas, _pods.Count);
        Assert.DoesNotContain(_pods, pod => old.Contains(pod.App.Version));
        Assert.All(_pods, pod => Assert.True(pod.App.Requests > 0, $"{pod.App.Version} was never asked"));
    }

    private async Task ReplaceOldestAsync(Sidecar client)
    {
        _pods.Add(await StartPodAsync());
        var leaving = _pods[0];
        _pods.RemoveAt(0);
        Publish();
        await Wait.UntilAsync(
            "clients to hear of it",
            Patience,
            async () =>
                await Wait.TextAsync($"http://{client.Admin}/clusters", CancellationToken.None) is { } clusters
                && !clusters.Contains($"::{leaving.Sidecar.Address}:", StringComparison.Ordinal),
            CancellationToken.None
        );
        await leaving.App.StopAsync();
        await _mesh.StopAsync(leaving.Sidecar);
        await leaving.App.DisposeAsync();
        // The next one leaves when the new one carries its share.
        var joined = _pods[^1].App;
        await Wait.UntilAsync(
            $"requests at {joined.Version}",
            Patience,
            () => Task.FromResult(joined.Requests > 10),
            CancellationToken.None
        );
    }

    private async Task<(EchoUpstream App, Sidecar Sidecar)> StartPodAsync()
    {
        var app = await EchoUpstream.StartAsync($"r{_made++}");
        return (app, await InjectedService.StartPodAsync(_mesh, Service, app));
    }

    private void Publish() => _mesh.Write($"{Service}.yaml", InjectedService.Yaml(Service, [.. _pods]));

    /// <summary>Some requests take a while, so that each application has some open when it is told to end; some have a body.</summary>
    private static async Task<string> AnswerAsync(EchoClient client, int i)
    {
        try
        {
            using var content = i % 5 == 0 ? new StringContent("order", Encoding.UTF8) : null;
            using var response = await client.SendAsync(
                "/",
                content is null ? HttpMethod.Get : HttpMethod.Put,
                Service,
                content,
                ("x-delay-ms", i % 7 == 0 ? "300" : "0")
            );
            return response.IsSuccessStatusCode && await response.Content.ReadFromJsonAsync<Echo>() is not null
                ? "ok"
                : $"{response.RequestMessage!.Method} over {response.Version}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return $"no answer: {broken.Message} {broken.InnerException?.Message}";
        }
    }
}
