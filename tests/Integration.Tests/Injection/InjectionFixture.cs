namespace Mesh.Integration.Tests.Injection;

/// <summary>One injector process for the tests of a class, beside an API server that knows native sidecars.</summary>
public sealed class InjectionFixture : IAsyncLifetime
{
    internal InjectorProcess Injector { get; private set; } = null!;

    public async Task InitializeAsync() => Injector = await InjectorProcess.StartAsync(minorVersion: 32);

    public async Task DisposeAsync() => await Injector.DisposeAsync();
}
