namespace Mesh.Integration.Tests.Harness;

/// <summary>The tests that share one <see cref="GuardedMesh"/>, one after the other: each puts policies of its own in force.</summary>
[CollectionDefinition(Name)]
public sealed class GuardedCollection : ICollectionFixture<GuardedMesh>
{
    internal const string Name = "guarded mesh";
}
