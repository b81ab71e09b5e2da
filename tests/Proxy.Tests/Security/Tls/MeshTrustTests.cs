using Mesh.Proxy.Security.Tls;

namespace Mesh.Proxy.Tests.Security.Tls;

/// <summary>Peers that were believed once are believed as long as their chains are valid, and for what they were believed.</summary>
public sealed class MeshTrustTests : IDisposable
{
    private readonly TestMesh _mesh = new();

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public void Whom_it_knows_it_asks_for_no_chain_again()
    {
        using var intermediate = _mesh.Intermediate();
        using var peer = TestMesh.Issue(intermediate, authority: false, TestMesh.Id("reviews"));
        var trust = new MeshTrust([_mesh.Root], []);
        var now = TimeProvider.System.GetUtcNow();
        Assert.Equal("PartialChain", trust.Judge(peer, null, server: true, now));

        Assert.Null(trust.Judge(peer, [intermediate], server: true, now));
        Assert.Null(trust.Judge(peer, null, server: true, now));
        // As a client it was not judged yet.
        Assert.Equal("PartialChain", trust.Judge(peer, null, server: false, now));
    }

    [Fact]
    public void Nobody_is_believed_before_or_after_his_time()
    {
        using var peer = _mesh.Issue(TestMesh.Id("reviews"));
        var trust = new MeshTrust([_mesh.Root], []);
        var now = TimeProvider.System.GetUtcNow();
        Assert.Equal("NotTimeValid", trust.Judge(peer, null, server: true, now.AddHours(1.5)));
        Assert.Null(trust.Judge(peer, null, server: true, now));
        Assert.Equal("NotTimeValid", trust.Judge(peer, null, server: true, now.AddHours(1.5)));
        Assert.Equal("NotTimeValid", trust.Judge(peer, null, server: true, now.AddMinutes(-45)));
    }

    [Fact]
    public void What_was_refused_once_is_judged_again()
    {
        using var other = new TestMesh();
        using var peer = other.Issue(TestMesh.Id("reviews"));
        var trust = new MeshTrust([_mesh.Root], []);
        var now = TimeProvider.System.GetUtcNow();
        Assert.Equal("PartialChain", trust.Judge(peer, null, server: true, now));
        Assert.Equal("PartialChain", trust.Judge(peer, null, server: true, now));
    }
}
