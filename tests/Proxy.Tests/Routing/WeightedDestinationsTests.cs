using Mesh.Proxy.Routing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class WeightedDestinationsTests
{
    // Every way to share 100 in steps of 1 between two, of 5 between three, of 10 between four, and some that are not round.
    private static List<uint[]> Vectors()
    {
        var data = new List<uint[]>();
        for (uint a = 0; a <= 100; a++)
        {
            data.Add([a, 100 - a]);
        }

        for (uint a = 0; a <= 100; a += 5)
        {
            for (uint b = 0; a + b <= 100; b += 5)
            {
                data.Add([a, b, 100 - a - b]);
            }
        }

        for (uint a = 0; a <= 100; a += 10)
        {
            for (uint b = 0; a + b <= 100; b += 10)
            {
                for (uint c = 0; a + b + c <= 100; c += 10)
                {
                    data.Add([a, b, c, 100 - a - b - c]);
                }
            }
        }

        data.Add([33, 33, 34]);
        data.Add([1, 1, 1, 97]);
        data.Add([7, 11, 13, 17, 19, 23, 10]);
        data.Add([.. Enumerable.Repeat(4u, 25)]);
        data.Add([.. Enumerable.Repeat(1u, 100)]);
        return data;
    }

    [Fact]
    public void Any_100_consecutive_picks_are_within_2_of_the_weights()
    {
        foreach (var weights in Vectors())
        {
            AssertWindows(weights, every: 1, tolerance: 2);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_second_or_third_pick_alone_is_within_4_of_the_weights(int every)
    {
        foreach (var weights in Vectors())
        {
            AssertWindows(weights, every, tolerance: 4);
        }
    }

    [Fact]
    public void Weights_need_not_add_up_to_100()
    {
        var picks = Picks(Weights(1, 2), 3000);

        for (var start = 0; start + 300 <= picks.Length; start++)
        {
            Assert.InRange(picks.AsSpan(start, 300).Count(0), 97, 103);
        }
    }

    [Fact]
    public void Huge_weights_keep_their_shares()
    {
        var picks = Picks(Weights(uint.MaxValue, uint.MaxValue, 0, uint.MaxValue), 3000);

        Assert.InRange(picks.AsSpan().Count(0), 990, 1010);
        Assert.InRange(picks.AsSpan().Count(3), 990, 1010);
        Assert.Equal(0, picks.AsSpan().Count(2));
    }

    [Fact]
    public void A_single_destination_gets_everything_and_several_without_weight_get_nothing()
    {
        Assert.NotNull(Weights(0).Pick());
        Assert.Null(Weights(0, 0).Pick());
        Assert.Null(Weights().Pick());
    }

    [Fact]
    public void The_sequence_goes_on_in_the_next_version_of_the_rule()
    {
        var state = new PickState();
        var whole = Picks(Weights(50, 30, 20), 200);
        var before = new WeightedDestinations(Weights(50, 30, 20).Destinations, state);
        var first = Picks(before, 77);
        var after = new WeightedDestinations(Weights(50, 30, 20).Destinations, before.State);

        Assert.Equal(whole, first.Concat(Picks(after, 123)));
    }

    [Fact]
    public async Task Picks_from_many_threads_are_one_sequence()
    {
        var weights = Weights(80, 20);
        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Picks(weights, 25_000).AsSpan().Count(1))));

        Assert.InRange(counts.Sum(), 19_995, 20_005);
    }

    private static void AssertWindows(uint[] weights, int every, int tolerance)
    {
        var picks = Picks(Weights(weights), 3000 * every).Where((_, index) => index % every == 0).ToArray();
        var counts = new int[weights.Length];
        for (var i = 0; i < picks.Length; i++)
        {
            counts[picks[i]]++;
            if (i >= 100)
            {
                counts[picks[i - 100]]--;
            }

            for (var w = 0; i >= 99 && w < weights.Length; w++)
            {
                if (Math.Abs(counts[w] - (int)weights[w]) > (weights[w] == 0 ? 0 : tolerance))
                {
                    Assert.Fail($"[{string.Join(' ', weights)}] gave {counts[w]} to {w} at {i}, every {every}");
                }
            }
        }
    }

    private static int[] Picks(WeightedDestinations weights, int count)
    {
        var picks = new int[count];
        for (var i = 0; i < count; i++)
        {
            picks[i] = weights.Destinations.IndexOf(weights.Pick()!);
        }

        return picks;
    }
}
