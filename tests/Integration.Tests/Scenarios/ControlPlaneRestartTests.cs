using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>The control plane dies without a word and comes back while requests run.</summary>
public sealed class ControlPlaneRestartTests : IAsyncLifetime
{
    private const string ClientPod = "client-1";

    private LocalMesh _mesh = null!;
    private Sidecar _sidecar = null!;
    private EchoUpstream _v1 = null!;
    private EchoUpstream _v2 = null!;

    public async Task InitializeAsync()
    {
        _v1 = await EchoUpstream.StartAsync("v1");
        _v2 = await EchoUpstream.StartAsync("v2");
        _mesh = await LocalMesh.StartAsync();
        _mesh.Write("echo.yaml", Objects.EchoService("echo", "default", _v1, _v2));
        _mesh.Write("subsets.yaml", Objects.Subsets("echo", "default", "v1", "v2"));
        _sidecar = await _mesh.StartSidecarAsync(ClientPod);
        await _mesh.ApplyAsync("rules.yaml", AllTo("v1"));
    }

    public async Task DisposeAsync()
    {
        await _mesh.DisposeAsync();
        await _v1.DisposeAsync();
        await _v2.DisposeAsync();
    }

    [Fact]
    public async Task A_control_plane_that_is_killed_and_restarted_is_not_noticed_by_any_request()
    {
        using var clients = new ClientPair(_sidecar);
        var answers = await Load.WhileAsync(
            async () =>
            {
                for (var round = 0; round < 2; round++)
                {
                    await _mesh.KillControlPlaneAsync();
                    await _sidecar.ConnectedAsync(false);
                    Assert.True(await _sidecar.IsReadyAsync(), "the sidecar stays ready without control plane");
                    await _mesh.StartControlPlaneAsync();
                    await ProxyStatus.SyncedAsync(_mesh, $"{ClientPod}.default");
                    await _sidecar.ConnectedAsync(true);
                }
            },
            clients.AnswerAsync
        );
        Assert.Equal(["v1"], answers.Keys);

        // The new one is followed as the old one was.
        await _mesh.ApplyAsync("rules.yaml", AllTo("v2"));
        Assert.Equal("v2", await clients.Http1.WhoAsync("/"));
    }

    [Fact]
    public async Task A_change_made_while_the_control_plane_is_away_arrives_with_its_return_and_fails_no_request()
    {
        using var clients = new ClientPair(_sidecar);
        var answers = await Load.WhileAsync(
            async () =>
            {
                await _mesh.KillControlPlaneAsync();
                await _sidecar.ConnectedAsync(false);
                _mesh.Write("rules.yaml", AllTo("v2"));
                await _mesh.StartControlPlaneAsync();
                await Wait.UntilAsync(
                    "the change arriving",
                    TimeSpan.FromSeconds(60),
                    async () => await clients.Http1.WhoAsync("/") == "v2",
                    CancellationToken.None
                );
                await ProxyStatus.SyncedAsync(_mesh, $"{ClientPod}.default");
            },
            clients.AnswerAsync
        );
        Assert.Equal(["v1", "v2"], answers.Keys.Order());
        Assert.Equal(["v2"], (await Load.RunAsync(100, clients.AnswerAsync)).Keys);
    }

    private static string AllTo(string version) =>
        Objects.VirtualService("echo", "default", "echo", $"    - route: [ {{ destination: {{ host: echo, subset: {version} }} }} ]\n");
}
