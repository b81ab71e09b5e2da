namespace Mesh.Integration.Tests.Harness;

/// <summary>Scenarios in this collection take turns on one <see cref="EchoMesh"/>.</summary>
[CollectionDefinition(Name)]
public sealed class EchoCollection : ICollectionFixture<EchoMesh>
{
    public const string Name = "echo mesh";
}
