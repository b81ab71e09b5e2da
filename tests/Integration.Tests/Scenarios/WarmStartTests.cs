using System.Text;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>A sidecar with <c>--cache FILE</c> starts while nobody can tell it what to do.</summary>
public sealed class WarmStartTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private LocalMesh _mesh = null!;
    private Sidecar _sidecar = null!;
    private EchoUpstream _v1 = null!;
    private EchoUpstream _v2 = null!;

    private string Cache => Path.Combine(_mesh.Root, "last-good");

    public async Task InitializeAsync()
    {
        _v1 = await EchoUpstream.StartAsync("v1");
        _v2 = await EchoUpstream.StartAsync("v2");
        _mesh = await LocalMesh.StartAsync();
        _mesh.Write("echo.yaml", Objects.EchoService("echo", "default", _v1, _v2));
        _mesh.Write("subsets.yaml", Objects.Subsets("echo", "default", "v1", "v2"));
        _sidecar = await _mesh.StartSidecarAsync(extraArguments: ["--cache", Cache]);
    }

    public async Task DisposeAsync()
    {
        await _mesh.DisposeAsync();
        await _v1.DisposeAsync();
        await _v2.DisposeAsync();
    }

    [Fact]
    public async Task The_last_good_configuration_is_served_without_control_plane_and_left_when_it_comes_back()
    {
        var word = await ApplyAndKeepAsync("v1");
        await _mesh.KillControlPlaneAsync();
        await RestartSidecarAsync();

        await _sidecar.ReadyAsync();
        await _sidecar.ConnectedAsync(false);
        Assert.Equal(("v1", word), await AskAsync());

        // It follows again, and what it hears then is what the next start finds.
        _mesh.Write("rules.yaml", AllTo("v2", "after"));
        await _mesh.StartControlPlaneAsync();
        await Wait.UntilAsync("the new configuration", Patience, async () => await AskAsync() == ("v2", "after"), CancellationToken.None);
        await _sidecar.ConnectedAsync(true);
        await KeptAsync("after");
    }

    [Fact]
    public async Task A_damaged_cache_is_ignored_and_the_sidecar_waits_for_the_control_plane()
    {
        await ApplyAndKeepAsync("v1");
        await _mesh.KillControlPlaneAsync();
        await _sidecar.Process.DisposeAsync();
        var whole = await File.ReadAllBytesAsync(Cache);
        var flipped = whole.ToArray();
        flipped[^10] ^= 1;
        byte[][] damages =
        [
            [],
            whole[..(whole.Length / 2)],
            flipped,
            [.. "not a cache\n"u8, .. whole],
        ];
        for (var i = 0; i < damages.Length; i++)
        {
            if (i > 0)
            {
                await _sidecar.Process.DisposeAsync();
            }

            File.Delete(_sidecar.Process.LogFile);
            await File.WriteAllBytesAsync(Cache, damages[i]);
            _sidecar.Start(["--ads", _mesh.Ads], ["--cache", Cache]);
            await _sidecar.Process.PrintsAsync("is ignored");
            await Wait.UntilAsync(
                "the outbound port answering that it knows nothing",
                Patience,
                async () => (await AskAsync()).Version.StartsWith("503 ", StringComparison.Ordinal),
                CancellationToken.None
            );
            Assert.False(await _sidecar.IsReadyAsync(), $"damage {i}: ready without any configuration");
        }

        await _mesh.StartControlPlaneAsync();
        await _sidecar.ReadyAsync();
        Assert.Equal("v1", (await AskAsync()).Version);
    }

    private static string AllTo(string version, string word) =>
        Objects.VirtualService(
            "echo",
            "default",
            "echo",
            $$"""
                - headers: { response: { set: { x-word: {{word}} } } }
                  route: [ { destination: { host: echo, subset: {{version}} } } ]
            """
        );

    private async Task<string> ApplyAndKeepAsync(string version)
    {
        var word = $"kept-{Guid.NewGuid():N}";
        await _mesh.ApplyAsync("rules.yaml", AllTo(version, word));
        await KeptAsync(word);
        return word;
    }

    private Task KeptAsync(string word) =>
        Wait.UntilAsync(
            "the configuration on disk",
            Patience,
            async () => File.Exists(Cache) && (await File.ReadAllBytesAsync(Cache)).AsSpan().IndexOf(Encoding.ASCII.GetBytes(word)) >= 0,
            CancellationToken.None
        );

    private async Task RestartSidecarAsync()
    {
        _sidecar.Process.Kill();
        await _sidecar.Process.DisposeAsync();
        _sidecar.Start(["--ads", _mesh.Ads], ["--cache", Cache]);
    }

    private async Task<(string Version, string? Word)> AskAsync()
    {
        using var client = new EchoClient(_sidecar, Protocols.Http1);
        string? word = null;
        var version = await Outcome.OfAsync(async () =>
        {
            var response = await client.SendAsync("/");
            word = response.Headers.TryGetValues("x-word", out var values) ? string.Join(',', values) : null;
            return response;
        });
        return (version, word);
    }
}
