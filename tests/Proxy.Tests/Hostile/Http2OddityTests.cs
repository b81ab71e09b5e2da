using System.Text;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>What a client of HTTP/2 may send in masses or not at all; others are served, and memory is bounded.</summary>
[Collection(nameof(Alone))]
public sealed class Http2OddityTests
{
    private const long MostMemory = 64 * 1024 * 1024;
    private const byte PushPromise = 5;

    [Fact]
    public async Task A_hundred_thousand_frames_of_one_byte_arrive_whole()
    {
        const int Count = 100_000;
        await using var field = await FloodField.StartAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound);
        await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Request("POST", "/count")));
        var answer = client.UntilAsync(frame => frame.Type is Http2Wire.Data or Http2Wire.Reset or Http2Wire.GoAway);
        for (var i = 0; i < Count; i += 100)
        {
            await client.SendAsync([.. Enumerable.Repeat(Http2Wire.Frame(Http2Wire.Data, 0, 1, "x"u8), 100)]);
        }

        await client.SendAsync(Http2Wire.Frame(Http2Wire.Data, Http2Wire.EndStream, 1, []));
        Assert.Equal($"{Count}", Encoding.ASCII.GetString((await answer)!.Payload));
        await field.CheckAsync();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MostMemory);
    }

    [Fact]
    public async Task A_client_may_promise_nothing()
    {
        await using var field = await FloodField.StartAsync();
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound);
        await client.SendAsync(
            Http2Wire.Frame(Http2Wire.Headers, 5, 1, Http2Wire.Request("GET", "/silent")),
            Http2Wire.Frame(PushPromise, Http2Wire.EndHeaders, 1, [.. Http2Wire.Number(2), .. Http2Wire.Request("GET", "/")])
        );

        // RFC 9113 section 8.4: a connection error.
        Assert.True(
            await client.UntilAsync(frame => frame.Type == Http2Wire.GoAway || frame.EndsStream) is null or { Type: Http2Wire.GoAway }
        );
        await field.CheckAsync();
    }

    [Fact]
    public async Task A_compression_table_that_grows_and_shrinks_all_the_time_costs_its_client_alone()
    {
        await using var field = await FloodField.StartAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound);
        var filling = Http2Wire.Block(("x-a", new string('a', 3000)));
        filling[0] = 0x40;
        for (var i = 0; i < 2000; i++)
        {
            // RFC 7541 section 6.3: to nothing and back to 4096, and one entry that fills it.
            byte[] head = [0x20, 0x3f, 0xe1, 0x1f, .. Http2Wire.Request("GET", "/"), .. filling];
            await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, 5, (i * 2) + 1, head));
            Assert.NotNull(await client.UntilAsync(frame => frame.EndsStream));
            await client.SendAsync(Http2Wire.Frame(Http2Wire.WindowUpdate, 0, 0, Http2Wire.Number(2)));
        }

        await field.CheckAsync();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MostMemory);
    }

    [Fact]
    public async Task Half_open_connections_are_given_up()
    {
        await using var field = await FloodField.StartAsync(
            new() { IdleTimeout = TimeSpan.FromSeconds(1), RequestHeadTimeout = TimeSpan.FromSeconds(1) }
        );
        var clients = new List<Http2Peer>();
        for (var i = 0; i < 200; i++)
        {
            clients.Add(await Http2Peer.ConnectAsync(field.Proxy.Outbound));
        }

        foreach (var client in clients)
        {
            Assert.Null(await client.UntilAsync(_ => false));
            await client.DisposeAsync();
        }

        await field.CheckNextAsync();
    }

    [Fact]
    public async Task Trailers_are_bounded()
    {
        await using var field = await FloodField.StartAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound);
        var piece = Http2Wire.Block([.. Enumerable.Range(0, 8).Select(i => ($"x-{i}", new string('a', 1900)))]);
        var reading = client.UntilAsync(frame => frame.Type is Http2Wire.GoAway or Http2Wire.Reset);
        await client.SendAsync(
            Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Request("POST", "/count")),
            Http2Wire.Frame(Http2Wire.Data, 0, 1, "x"u8),
            Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndStream, 1, piece)
        );
        try
        {
            for (var i = 0; i < 6000; i++)
            {
                await Eventually.InTimeAsync(client.SendAsync(Http2Wire.Frame(Http2Wire.Continuation, 0, 1, piece)));
            }
        }
        catch (IOException)
        {
            // Cut.
        }

        await reading;
        await field.CheckAsync();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MostMemory);
    }
}
