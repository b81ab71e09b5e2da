namespace Mesh.Integration.Tests.Harness;

/// <summary>The mesh of the retry scenarios: a <see cref="ScriptedService"/> and one client sidecar.</summary>
public sealed class ScriptedMesh : IAsyncLifetime
{
    private const string ScenarioFile = "retries.yaml";

    internal LocalMesh Mesh { get; private set; } = null!;

    internal Sidecar Client { get; private set; } = null!;

    internal ScriptedService Scripted { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Scripted = await ScriptedService.StartAsync("scripted");
        Mesh = await LocalMesh.StartAsync();
        Mesh.Write("scripted.yaml", Scripted.Yaml);
        Client = await Mesh.StartSidecarAsync();
    }

    /// <summary>One rule with these fields, or none, in force.</summary>
    internal Task ApplyAsync(string? rule) =>
        Mesh.ApplyAsync(
            ScenarioFile,
            rule is null
                ? ""
                : Objects.VirtualService(
                    "scripted",
                    "default",
                    "scripted",
                    $"    - route: [ {{ destination: {{ host: scripted }} }} ]\n{string.Concat(rule.Split('\n').Select(line => $"      {line}\n"))}"
                )
        );

    public async Task DisposeAsync()
    {
        await Mesh.DisposeAsync();
        await Scripted.DisposeAsync();
    }
}
