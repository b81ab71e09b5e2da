namespace Mesh.Integration.Tests.Harness;

/// <summary>
/// The mesh that most scenarios share: service <c>echo</c> in namespace <c>default</c> with one pod each of v1, v2, v3 (no sidecars), and
/// one client sidecar. A scenario writes <c>scenario.yaml</c> and finds it in force.
/// </summary>
public sealed class EchoMesh : IAsyncLifetime
{
    private const string ScenarioFile = "scenario.yaml";

    internal LocalMesh Mesh { get; private set; } = null!;

    internal Sidecar Client { get; private set; } = null!;

    internal EchoUpstream V1 { get; private set; } = null!;

    internal EchoUpstream V2 { get; private set; } = null!;

    internal EchoUpstream V3 { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        V1 = await EchoUpstream.StartAsync("v1");
        V2 = await EchoUpstream.StartAsync("v2");
        V3 = await EchoUpstream.StartAsync("v3");
        Mesh = await LocalMesh.StartAsync();
        Mesh.Write("echo.yaml", Objects.EchoService("echo", "default", V1, V2, V3));
        Mesh.Write("subsets.yaml", Objects.Subsets("echo", "default", "v1", "v2", "v3"));
        Client = await Mesh.StartSidecarAsync();
    }

    /// <summary>Replaces the scenario's objects and waits until the client's sidecar serves by them.</summary>
    internal Task ApplyAsync(string yaml) => Mesh.ApplyAsync(ScenarioFile, yaml);

    /// <summary>A VirtualService for <c>echo</c> with these HTTP rules.</summary>
    internal Task ApplyRulesAsync(string http) => ApplyAsync(Objects.VirtualService("echo", "default", "echo", http));

    public async Task DisposeAsync()
    {
        await Mesh.DisposeAsync();
        await V1.DisposeAsync();
        await V2.DisposeAsync();
        await V3.DisposeAsync();
    }
}
