namespace Mesh.Integration.Tests.Pairs;

/// <summary>Tests of protocol pairs share one <see cref="PairMesh"/>.</summary>
[CollectionDefinition(Name)]
public sealed class PairCollection : ICollectionFixture<PairMesh>
{
    public const string Name = "protocol pairs";

    /// <summary>What the client speaks, and the port that decides what the upstream speaks.</summary>
    public static TheoryData<string, int> Pairs =>
        new()
        {
            { Harness.Protocols.Http1, 80 },
            { Harness.Protocols.Http1, 81 },
            { Harness.Protocols.Http2, 80 },
            { Harness.Protocols.Http2, 81 },
        };
}
