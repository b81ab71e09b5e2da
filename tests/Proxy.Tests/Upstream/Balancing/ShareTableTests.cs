using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Proxy.Tests.Upstream.Balancing;

public sealed class ShareTableTests
{
    [Fact]
    public void Every_point_belongs_to_the_index_whose_part_covers_it()
    {
        var random = new Random(5);
        for (var t = 0; t < 300; t++)
        {
            var weights = Enumerable
                .Range(0, random.Next(1, 40))
                .Select(_ => (uint)(random.Next(3) == 0 ? 0 : random.Next(1, 1000)))
                .ToArray();
            if (weights.All(weight => weight == 0))
            {
                continue;
            }

            var table = new ShareTable(weights);
            var total = weights.Sum(weight => (long)weight);
            for (var i = 0; i < 200; i++)
            {
                var point = (uint)random.NextInt64(1L << 32);
                var index = table.At(point);
                var before = weights.Take(index).Sum(weight => (long)weight);

                // In exact fractions, widened by the one unit that rounding may move an edge.
                Assert.True((UInt128)(point + 1L) * (UInt128)total >= (UInt128)before << 32);
                Assert.True((UInt128)point * (UInt128)total <= (UInt128)(before + weights[index]) << 32);
                Assert.NotEqual(0u, weights[index]);
            }

            Assert.Equal(Array.FindIndex(weights, weight => weight > 0), table.At(0));
            Assert.Equal(Array.FindLastIndex(weights, weight => weight > 0), table.At(uint.MaxValue));
        }
    }

    [Fact]
    public void Equal_parts_begin_and_end_where_they_should()
    {
        for (var count = 1; count < 200; count++)
        {
            var table = new ShareTable(Enumerable.Repeat(7u, count));
            for (var i = 0; i < count; i++)
            {
                var start = (uint)(((ulong)i << 32) / (ulong)count);
                Assert.Equal(i, table.At(start));
                Assert.Equal(i == 0 ? count - 1 : i - 1, table.At(start - 1));
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(30)]
    public void Weights_too_small_for_the_circle_do_not_break_it(int count)
    {
        var weights = Enumerable.Repeat(uint.MaxValue, count).ToArray();
        weights[^1] = 1;
        weights[0] = 1;
        var table = new ShareTable(weights);

        for (uint step = 0; step < 100_000; step++)
        {
            Assert.InRange(table.Smooth(step), 0, count - 1);
        }
    }
}
