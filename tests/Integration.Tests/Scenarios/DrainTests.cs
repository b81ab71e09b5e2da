using System.Net;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>A server's sidecar is told to end while requests run.</summary>
public sealed class DrainTests : IAsyncLifetime
{
    private const string Service = "shop";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HeldPath _held = new();
    private LocalMesh _mesh = null!;
    private Sidecar _client = null!;
    private EchoUpstream _leaving = null!;
    private EchoUpstream _staying = null!;
    private Sidecar _leavingSidecar = null!;
    private Sidecar _stayingSidecar = null!;

    public async Task InitializeAsync()
    {
        _leaving = await EchoUpstream.StartAsync("leaving", app => _held.AddTo(app));
        _staying = await EchoUpstream.StartAsync("staying");
        _mesh = await LocalMesh.StartAsync();
        _leavingSidecar = await InjectedService.StartPodAsync(_mesh, Service, _leaving);
        _stayingSidecar = await InjectedService.StartPodAsync(_mesh, Service, _staying);
        _client = await _mesh.StartSidecarAsync();
    }

    public async Task DisposeAsync()
    {
        _held.Release();
        await _mesh.DisposeAsync();
        await _leaving.DisposeAsync();
        await _staying.DisposeAsync();
    }

    [Fact]
    public async Task SIGTERM_lets_requests_in_flight_finish_and_takes_no_new_ones()
    {
        using var clients = new ClientPair(_client, Service);
        await ServeAsync(clients, (_leaving, _leavingSidecar));
        var slow = clients
            .Both.Select(async client =>
            {
                using var response = await client.SendAsync(HeldPath.Path, host: Service);
                return (response.StatusCode, await response.Content.ReadAsStringAsync());
            })
            .ToArray();
        await Wait.UntilAsync("both slow requests", Patience, () => Task.FromResult(_held.Waiting == 2), CancellationToken.None);

        var answers = await Load.WhileAsync(
            async () =>
            {
                await _leavingSidecar.Process.TerminateAsync();
                foreach (var port in new[] { EchoUpstream.Http1Port, EchoUpstream.Http2Port })
                {
                    await SidecarProbes.RefusesAsync(new IPEndPoint(IPAddress.Parse(_leavingSidecar.Address), port));
                }

                Assert.False(await _leavingSidecar.IsReadyAsync(), "a draining sidecar is not ready");
                Assert.False(_leavingSidecar.Process.HasExited, "it waits for its requests");
                Assert.All(slow, request => Assert.False(request.IsCompleted, "the slow requests are still running"));
                _held.Release();
                foreach (var request in slow)
                {
                    Assert.Equal((HttpStatusCode.OK, HeldPath.Answer), await request);
                }

                Assert.Equal(0, await _leavingSidecar.Process.ExitAsync());
            },
            clients.AnswerAsync
        );

        // Its endpoint was still listed, so clients meet a closed port: a clean 503, nothing cut and nothing hanging.
        Assert.All(answers.Keys, answer => Assert.True(answer == "leaving" || answer.StartsWith("503 ", StringComparison.Ordinal), answer));
    }

    [Fact]
    public async Task A_pod_that_left_its_service_before_SIGTERM_is_missed_by_no_request()
    {
        using var clients = new ClientPair(_client, Service);
        await ServeAsync(clients, (_leaving, _leavingSidecar), (_staying, _stayingSidecar));
        var answers = await Load.WhileAsync(
            async () =>
            {
                _mesh.Write("shop.yaml", InjectedService.Yaml(Service, (_staying, _stayingSidecar)));
                await Wait.UntilAsync(
                    "the endpoint gone at the client",
                    Patience,
                    async () =>
                        !(await _client.AdminAsync(HttpMethod.Get, "/clusters")).Body.Contains(
                            $"::{_leavingSidecar.Address}:",
                            StringComparison.Ordinal
                        ),
                    CancellationToken.None
                );
                await _leavingSidecar.Process.TerminateAsync();
                Assert.Equal(0, await _leavingSidecar.Process.ExitAsync());
            },
            clients.AnswerAsync
        );
        Assert.Contains("staying", answers.Keys);
        Assert.Empty(answers.Keys.Except(["staying", "leaving"]));
        Assert.Equal(["staying"], (await Load.RunAsync(50, clients.AnswerAsync)).Keys);
    }

    // Every pod is reached over both protocols before the scenario starts.
    private async Task ServeAsync(ClientPair clients, params (EchoUpstream App, Sidecar Sidecar)[] pods)
    {
        _mesh.Write("shop.yaml", InjectedService.Yaml(Service, pods));
        foreach (var client in clients.Both)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            await Wait.UntilAsync(
                "every pod answering",
                Patience,
                async () =>
                {
                    seen.Add(await clients.AnswerAsync(client));
                    return pods.All(pod => seen.Contains(pod.App.Version));
                },
                CancellationToken.None
            );
        }
    }
}
