using Mesh.Integration.Tests.Hostile;
using Mesh.Integration.Tests.Identity;
using Mesh.Integration.Tests.Pairs;
using Mesh.Integration.Tests.Redirect;
using Mesh.Integration.Tests.Scenarios;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Mesh.Integration.Tests.Harness.LongestFirst", "Mesh.Integration.Tests")]

namespace Mesh.Integration.Tests.Harness;

/// <summary>Begins with the collections that take the longest, so that the run does not end in waiting for one of them alone.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest =
    [
        EchoCollection.Name,
        nameof(T03OutlierTests),
        GuardedCollection.Name,
        nameof(CertificateLifeTests),
        nameof(K02RollingRestartTests),
        nameof(DemoTests),
        PairCollection.Name,
        InjectedCollection.Name,
        nameof(PortGarbageTests),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(Rank).ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);

    private static int Rank(ITestCollection collection)
    {
        var index = Array.FindIndex(Longest, name => collection.DisplayName.EndsWith(name, StringComparison.Ordinal));
        return index < 0 ? Longest.Length : index;
    }
}
