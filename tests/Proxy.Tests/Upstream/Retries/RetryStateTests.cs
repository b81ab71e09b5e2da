using FsCheck;
using FsCheck.Fluent;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Tests.Upstream.Retries;

/// <summary>The budget: what it allows, and that nothing takes more out of it.</summary>
public sealed class RetryStateTests
{
    private const long Second = 1000;

    private static readonly RetryBudget Default = RetryBudget.Default;

    [Fact]
    public void Without_requests_three_retries_are_allowed_in_ten_seconds()
    {
        var state = new RetryState();

        Assert.Equal(3, Enumerable.Range(0, 10).Count(i => Take(state, Default, i)));
        Assert.Equal(0, Enumerable.Range(0, 10).Count(i => Take(state, Default, 9 * Second)));
        Assert.Equal(3, Enumerable.Range(0, 10).Count(i => Take(state, Default, 11 * Second)));
    }

    [Fact]
    public void A_dead_service_gets_a_fifth_more_and_three()
    {
        var state = new RetryState();
        var retries = 0;
        for (var now = 0; now < 9 * Second; now += 9)
        {
            state.RequestStarted(Default, now, Second);
            // Two retries for each, as the default policy would make of a failure at once.
            retries += Take(state, Default, now) ? 1 : 0;
            retries += Take(state, Default, now) ? 1 : 0;
        }

        Assert.Equal(203, retries);
        Assert.Equal((203L, 1797L), (state.Started, state.OverBudget));
    }

    [Fact]
    public void A_long_steady_load_keeps_nearly_its_whole_budget()
    {
        var state = new RetryState();
        var retries = 0;
        for (var now = 0L; now < 600 * Second; now += 10)
        {
            state.RequestStarted(Default, now, Second);
            retries += Take(state, Default, now) ? 1 : 0;
        }

        // 60,000 requests: 12,000 retries, of which the window's coarseness costs up to a tenth.
        Assert.InRange(retries, 10_700, 12_003);
    }

    [Fact]
    public void Requests_count_for_ten_seconds_only()
    {
        var state = new RetryState();
        for (var i = 0; i < 100; i++)
        {
            state.RequestStarted(Default, 0, Second);
        }

        Assert.Equal(3, Enumerable.Range(0, 100).Count(_ => Take(state, Default, 20 * Second)));
    }

    [Fact]
    public void A_budget_of_zero_allows_nothing()
    {
        var none = new RetryBudget(0, 0, TimeSpan.FromSeconds(10), Asked: true);
        var state = new RetryState();
        state.RequestStarted(none, 0, Second);

        Assert.False(Take(state, none, 0));
    }

    [Fact]
    public void The_interval_is_the_configured_one()
    {
        var minute = new RetryBudget(50, 0, TimeSpan.FromMinutes(1), Asked: true);
        var state = new RetryState();
        for (var i = 0; i < 10; i++)
        {
            state.RequestStarted(minute, i, Second);
        }

        Assert.Equal(5, Enumerable.Range(0, 10).Count(_ => Take(state, minute, 55 * Second)));
        Assert.False(Take(state, minute, 110 * Second));
    }

    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(0, 3, true)]
    [InlineData(0, 4, false)]
    [InlineData(100, 20, true)]
    [InlineData(100, 21, false)]
    public void Without_an_interval_retries_in_flight_are_limited(int requests, int retriesWithThis, bool allowed)
    {
        var inFlight = new RetryBudget(20, 3, TimeSpan.Zero, Asked: true);

        Assert.Equal(allowed, new RetryState().TryTake(inFlight, 0, Second, requests, retriesWithThis));
    }

    [Fact]
    public void Counting_starts_anew_with_another_interval_and_never_gives_more()
    {
        var state = new RetryState();
        for (var i = 0; i < 1000; i++)
        {
            state.RequestStarted(Default, i, Second);
        }

        var other = new RetryBudget(20, 3, TimeSpan.FromSeconds(30), Asked: true);
        Assert.InRange(Enumerable.Range(0, 1000).Count(_ => Take(state, other, 1000)), 3, 203);
    }

    // Whatever happens when: at each retry that starts, retries of the last interval are at most the share of its requests and the minimum.
    [Fact]
    public void The_budget_is_never_exceeded_whatever_the_schedule()
    {
        var step = ArbMap.Default.GeneratorFor<(byte Wait, byte Kind)>();
        var schedule =
            from steps in Gen.ListOf(step)
            from percent in Gen.Choose(0, 100)
            from atLeast in Gen.Choose(0, 10)
            from seconds in Gen.Elements(1, 3, 10, 60)
            from start in Gen.Choose(0, int.MaxValue)
            select (Steps: steps, Budget: new RetryBudget(percent, (uint)atLeast, TimeSpan.FromSeconds(seconds), true), Start: (long)start);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(400).WithReplay(7, 11),
            Prop.ForAll(schedule.ToArbitrary(), run => Holds(run.Steps, run.Budget, run.Start))
        );
    }

    [Fact]
    public async Task The_budget_is_never_exceeded_by_threads_that_all_fail_fast()
    {
        const int Threads = 8;
        const int Requests = 20_000;
        var state = new RetryState();
        var allowed = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, Threads)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < Requests; i++)
                        {
                            state.RequestStarted(Default, 5 * Second, Second);
                            if (Take(state, Default, 5 * Second))
                            {
                                Interlocked.Increment(ref allowed);
                            }
                        }
                    })
                )
        );

        Assert.InRange(allowed, 1, (Threads * Requests / 5) + 3);
        // Nothing was lost either: the last requests find the whole budget.
        while (Take(state, Default, 5 * Second))
        {
            allowed++;
        }

        Assert.Equal((Threads * Requests / 5) + 3, allowed);
    }

    private static bool Holds(IEnumerable<(byte Wait, byte Kind)> steps, RetryBudget budget, long start)
    {
        var state = new RetryState();
        var requests = new List<long>();
        var retries = new List<long>();
        var interval = (long)(budget.Interval.TotalSeconds * Second);
        var now = start;
        foreach (var (wait, kind) in steps)
        {
            // Mostly bursts, sometimes a pause of up to some intervals.
            now += kind % 8 == 0 ? wait * interval / 64 : wait % 16;
            if (kind % 3 > 0)
            {
                state.RequestStarted(budget, now, Second);
                requests.Add(now);
                continue;
            }

            if (Take(state, budget, now))
            {
                retries.Add(now);
                var recent = requests.Count(at => at > now - interval);
                if (retries.Count(at => at > now - interval) > (budget.Percent / 100 * recent) + budget.AtLeast)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool Take(RetryState state, RetryBudget budget, long now) => state.TryTake(budget, now, Second, 0, 1);
}
