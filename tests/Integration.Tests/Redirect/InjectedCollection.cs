namespace Mesh.Integration.Tests.Redirect;

/// <summary>Tests that share one <see cref="InjectedMesh"/>, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class InjectedCollection : ICollectionFixture<InjectedMesh>
{
    public const string Name = "injected pods";
}
