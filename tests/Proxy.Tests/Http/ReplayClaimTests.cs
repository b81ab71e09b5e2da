using Mesh.Proxy.Http;

namespace Mesh.Proxy.Tests.Http;

/// <summary>Whoever comes first decides what becomes of a body that was sent.</summary>
public sealed class ReplayClaimTests
{
    private ReplayClaim _claim;

    [Fact]
    public void What_an_answer_wants_again_is_not_forgotten_any_more()
    {
        Assert.True(_claim.TryKeep());
        Assert.False(_claim.TryDrop());
    }

    [Fact]
    public void What_is_forgotten_no_answer_can_want()
    {
        Assert.True(_claim.TryDrop());
        Assert.False(_claim.TryKeep());
        Assert.True(_claim.TryDrop());
    }

    [Fact]
    public void Behind_a_delivered_answer_and_in_the_next_attempt_it_is_open_again()
    {
        _claim.TryKeep();
        _claim.Release();
        Assert.True(_claim.TryDrop());

        _claim.Release();
        Assert.False(_claim.TryKeep());

        _claim.Reset();
        Assert.True(_claim.TryKeep());
    }
}
