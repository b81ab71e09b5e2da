using System.Collections.Immutable;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Discovery;
using Mesh.Xds;

namespace Mesh.Proxy.Tests.Discovery;

public sealed class SwapGateTests
{
    private static readonly ImmutableHashSet<ResourceRef> Nothing = [];
    private static readonly ImmutableHashSet<ResourceRef> One = [new(TypeUrls.Endpoints, "a")];

    private readonly SwapGate _gate = new();

    [Fact]
    public void A_set_without_open_references_takes_effect_at_once() => Assert.Null(_gate.Check(Nothing, TimeSpan.Zero));

    [Fact]
    public void An_open_reference_is_waited_for_up_to_a_second_since_it_opened()
    {
        Assert.Equal(TimeSpan.FromSeconds(1), _gate.Check(One, TimeSpan.FromSeconds(10)));
        Assert.Equal(TimeSpan.FromSeconds(0.25), _gate.Check(One, TimeSpan.FromSeconds(10.75)));
        Assert.Null(_gate.Check(One, TimeSpan.FromSeconds(11)));
    }

    [Fact]
    public void What_was_missing_before_is_not_waited_for_again()
    {
        _gate.Check(One, TimeSpan.Zero);
        Assert.Null(_gate.Check(One, TimeSpan.FromSeconds(1)));

        Assert.Null(_gate.Check(One, TimeSpan.FromSeconds(2)));
        Assert.NotNull(_gate.Check(One.Add(new(TypeUrls.Route, "80")), TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public void What_came_and_went_is_waited_for_again()
    {
        _gate.Check(One, TimeSpan.Zero);
        _gate.Check(One, TimeSpan.FromSeconds(1));
        Assert.Null(_gate.Check(Nothing, TimeSpan.FromSeconds(2)));

        Assert.Equal(TimeSpan.FromSeconds(1), _gate.Check(One, TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public void Attempts_to_reconnect_come_slower_and_never_at_the_same_instant()
    {
        var backoff = new ReconnectBackoff(new Random(1));

        var waits = Enumerable.Range(0, 12).Select(_ => backoff.Next()).ToList();

        Assert.InRange(waits[0], ReconnectBackoff.First / 2, ReconnectBackoff.First);
        Assert.All(waits.TakeLast(5), w => Assert.InRange(w, ReconnectBackoff.Longest / 2, ReconnectBackoff.Longest));
        Assert.Equal(waits.Count, waits.Distinct().Count());
        backoff.Reset();
        Assert.InRange(backoff.Next(), ReconnectBackoff.First / 2, ReconnectBackoff.First);
    }
}
