using System.Net;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>What the admin port of a running sidecar does, and for whom it does nothing.</summary>
public sealed class AdminTests : IAsyncLifetime
{
    private LocalMesh _mesh = null!;
    private Sidecar _sidecar = null!;

    public async Task InitializeAsync()
    {
        _mesh = await LocalMesh.StartAsync();
        _sidecar = await _mesh.StartSidecarAsync();
    }

    public Task DisposeAsync() => _mesh.DisposeAsync().AsTask();

    [Fact]
    public async Task Other_names_and_other_sites_get_nothing()
    {
        var (status, body) = await _sidecar.AdminAsync(HttpMethod.Get, "/config_dump", ("Host", "attacker.example"));
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("attacker.example", body, StringComparison.Ordinal);
        (status, _) = await _sidecar.AdminAsync(HttpMethod.Post, "/quitquitquit", ("Origin", "http://attacker.example"));
        Assert.Equal(HttpStatusCode.Forbidden, status);
        (status, _) = await _sidecar.AdminAsync(HttpMethod.Get, "/quitquitquit");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, status);

        (status, _) = await _sidecar.AdminAsync(HttpMethod.Get, "/config_dump", ("Host", "localhost:15000"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(await _sidecar.IsReadyAsync(), "none of it ended anything");
    }

    [Fact]
    public async Task The_log_level_changes_at_run_time()
    {
        const string Debug = "dbug: ";
        Assert.DoesNotContain(Debug, _sidecar.Process.Tail(int.MaxValue), StringComparison.Ordinal);
        var (status, body) = await _sidecar.AdminAsync(HttpMethod.Post, "/logging?level=debug");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("active level: debug", body, StringComparison.Ordinal);
        await _sidecar.AdminAsync(HttpMethod.Get, "/server_info");
        await _sidecar.Process.PrintsAsync(Debug);

        (_, body) = await _sidecar.AdminAsync(HttpMethod.Post, "/logging?level=warning");
        Assert.Contains("active level: warning", body, StringComparison.Ordinal);
        (status, body) = await _sidecar.AdminAsync(HttpMethod.Post, "/logging?level=loud");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("loud", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_listeners_stops_taking_traffic_and_quitquitquit_ends_the_process()
    {
        Assert.Equal(HttpStatusCode.OK, (await _sidecar.AdminAsync(HttpMethod.Post, "/drain_listeners")).Status);
        await SidecarProbes.RefusesAsync(_sidecar.Outbound);
        Assert.False(await _sidecar.IsReadyAsync(), "a draining sidecar is not ready");
        Assert.Equal("DRAINING\n", (await _sidecar.AdminAsync(HttpMethod.Get, "/ready")).Body);
        Assert.False(_sidecar.Process.HasExited, "draining alone does not end it");

        Assert.Equal(HttpStatusCode.OK, (await _sidecar.AdminAsync(HttpMethod.Post, "/quitquitquit")).Status);
        Assert.Equal(0, await _sidecar.Process.ExitAsync());
    }
}
