using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Routing;

public sealed class RequestHeadPoolTests
{
    [Fact]
    public void A_returned_head_is_rented_again()
    {
        var pool = new RequestHeadPool(cores: 1);
        var head = pool.Rent();
        pool.Return(head);

        Assert.Same(head, pool.Rent());
        Assert.NotSame(head, pool.Rent());
    }

    [Fact]
    public void The_pool_keeps_a_bounded_number_and_no_head_that_grew_large()
    {
        var pool = new RequestHeadPool(cores: 1);
        var large = pool.Rent();
        large.Begin(HttpVersionKind.Http11, "GET", "http", "h", "/" + new string('x', 200_000));
        pool.Return(large);
        var heads = Enumerable.Range(0, 200).Select(_ => pool.Rent()).ToArray();
        Assert.DoesNotContain(large, heads);

        foreach (var head in heads)
        {
            pool.Return(head);
        }

        var kept = Enumerable.Range(0, 200).Select(_ => pool.Rent()).Count(heads.Contains);
        Assert.Equal(RequestHeadPool.SlotsPerCore + 1, kept);
    }

    [Fact]
    public async Task No_head_is_rented_twice_at_once()
    {
        var pool = new RequestHeadPool();
        var rented = new System.Collections.Concurrent.ConcurrentDictionary<RequestHead, bool>();
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 50_000; i++)
                        {
                            var head = pool.Rent();
                            Assert.True(rented.TryAdd(head, true));
                            Assert.True(rented.TryRemove(head, out var _));
                            pool.Return(head);
                        }
                    })
                )
        );
    }
}
