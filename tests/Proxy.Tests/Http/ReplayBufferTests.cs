using Mesh.Proxy.Http;

namespace Mesh.Proxy.Tests.Http;

public sealed class ReplayBufferTests
{
    [Fact]
    public void Keeps_what_was_read_in_order()
    {
        var random = new Random(1);
        var body = new byte[64 * 1024];
        random.NextBytes(body);
        var buffer = new ReplayBuffer(body.Length);
        for (var at = 0; at < body.Length; )
        {
            var piece = Math.Min(random.Next(1, 9000), body.Length - at);
            buffer.Keep(body.AsSpan(at, piece));
            at += piece;
        }

        Assert.True(buffer.IsWhole);
        Assert.Equal(body, buffer.Kept.ToArray());
    }

    [Fact]
    public void One_byte_beyond_the_limit_loses_all()
    {
        var buffer = new ReplayBuffer(10);
        buffer.Keep(new byte[10]);
        Assert.True(buffer.IsWhole);

        buffer.Keep(new byte[1]);

        Assert.False(buffer.IsWhole);
        Assert.True(buffer.Kept.IsEmpty);
        buffer.Keep(new byte[1]);
        Assert.True(buffer.Kept.IsEmpty);
    }

    [Fact]
    public void Nothing_read_is_nothing_lost()
    {
        var buffer = new ReplayBuffer(0);
        buffer.Keep([]);
        Assert.True(buffer.IsWhole);
    }

    [Fact]
    public void Is_as_new_once_cleared()
    {
        var buffer = new ReplayBuffer(3);
        buffer.Keep(new byte[4]);
        buffer.Clear();
        buffer.Keep([7]);

        Assert.True(buffer.IsWhole);
        Assert.Equal([7], buffer.Kept.ToArray());
    }
}
