namespace Mesh.Integration.Tests.Harness;

/// <summary>A control plane and one client, for scenarios that each bring services of their own.</summary>
public sealed class ClientMesh : IAsyncLifetime
{
    private int _names;

    internal LocalMesh Mesh { get; private set; } = null!;

    internal Sidecar Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Mesh = await LocalMesh.StartAsync();
        Client = await Mesh.StartSidecarAsync();
    }

    public Task DisposeAsync() => Mesh.DisposeAsync().AsTask();

    /// <summary>A name that no scenario had before, so that nothing is counted or ejected under it yet.</summary>
    internal string NextName(string word) => $"{word}-{++_names}";
}
