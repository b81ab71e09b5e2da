using System.Text;

namespace Mesh.Proxy.Tests;

public sealed class PerCorePoolTests
{
    [Fact]
    public void What_is_returned_is_rented_again()
    {
        var pool = new PerCorePool<object>(() => new(), _ => true);
        var item = pool.Rent();
        pool.Return(item);

        Assert.Same(item, pool.Rent());
        Assert.NotSame(item, pool.Rent());
    }

    [Fact]
    public void The_pool_keeps_a_bounded_number_and_nothing_that_grew_large()
    {
        var most = PerCorePool<StringBuilder>.MostPerCore * Environment.ProcessorCount;
        var pool = new PerCorePool<StringBuilder>(() => new(), text => text.Capacity <= 1000);
        var large = pool.Rent();
        large.Capacity = 1001;
        pool.Return(large);
        var texts = Enumerable.Range(0, most + 100).Select(_ => pool.Rent()).ToArray();
        Assert.DoesNotContain(large, texts);

        foreach (var text in texts)
        {
            pool.Return(text);
        }

        var kept = texts.Select(_ => pool.Rent()).Count(texts.Contains);
        Assert.InRange(kept, PerCorePool<StringBuilder>.MostPerCore, most);
    }

    [Fact]
    public async Task Nothing_is_rented_twice_at_once()
    {
        var pool = new PerCorePool<object>(() => new(), _ => true);
        var rented = new System.Collections.Concurrent.ConcurrentDictionary<object, bool>();
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 50_000; i++)
                        {
                            var item = pool.Rent();
                            Assert.True(rented.TryAdd(item, true));
                            Assert.True(rented.TryRemove(item, out var _));
                            pool.Return(item);
                        }
                    })
                )
        );
    }
}
