namespace Mesh.Integration.Tests.Harness;

/// <summary>The demo starts a dozen processes and measures shares: nothing else runs beside it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DemoCollection
{
    public const string Name = "demo";
}
