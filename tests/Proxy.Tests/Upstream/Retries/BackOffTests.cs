using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Tests.Upstream.Retries;

public sealed class BackOffTests
{
    private static readonly RetryPolicy Default = new() { Conditions = RetryConditions.ServerError, Retries = 100 };

    [Fact]
    public void The_bound_doubles_and_is_capped_at_ten_times_the_base()
    {
        double[] bounds = [.. Enumerable.Range(1, 6).Select(retry => BackOff.Bound(Default, retry).TotalMilliseconds)];

        Assert.Equal([25, 75, 175, 250, 250, 250], bounds);
    }

    [Fact]
    public void The_bound_of_any_retry_is_within_the_longest()
    {
        var policy = new RetryPolicy
        {
            Conditions = RetryConditions.ServerError,
            Retries = 1000,
            BackOff = TimeSpan.FromDays(1000),
            MaxBackOff = TimeSpan.MaxValue,
        };

        Assert.All(Enumerable.Range(1, 1000), retry => Assert.True(BackOff.Bound(policy, retry) >= policy.BackOff));
        Assert.Equal(TimeSpan.FromMilliseconds(250), BackOff.Bound(Default, 1000));
    }

    // Evenly over [0, bound): each of 10 equal parts gets a tenth of 100,000 waits within 5 standard deviations (95 each), which a sound
    // generator fails once in about 10^5 seeds; the seed is fixed.
    [Theory]
    [InlineData(1, 25)]
    [InlineData(2, 75)]
    [InlineData(3, 175)]
    [InlineData(9, 250)]
    public void Waits_are_spread_evenly_below_the_bound(int retry, int bound)
    {
        const int Waits = 100_000;
        var random = new Random(20 + retry);
        var parts = new int[10];
        for (var i = 0; i < Waits; i++)
        {
            var wait = BackOff.Next(Default, retry, random).TotalMilliseconds;
            Assert.InRange(wait, 0, bound - 0.0001);
            parts[(int)(wait / bound * parts.Length)]++;
        }

        var deviation = Math.Sqrt(Waits * 0.1 * 0.9);
        Assert.All(parts, count => Assert.InRange(count, (Waits / 10) - (5 * deviation), (Waits / 10) + (5 * deviation)));
    }
}
