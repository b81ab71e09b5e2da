using System.Text;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>Clients that use HTTP/2's windows to hold what they do not take (CVE-2019-9511, CVE-2019-9517), or to have the proxy count.</summary>
[Collection(nameof(Alone))]
public sealed class Http2WindowTests
{
    private const short InitialWindow = 4;
    private const long MostMemory = 64 * 1024 * 1024;

    private static readonly TrafficLimits Impatient = new() { StreamIdleTimeout = TimeSpan.FromSeconds(2) };

    [Fact]
    public async Task Windows_opened_more_often_than_anything_is_sent_are_a_flood()
    {
        await using var field = await FloodField.StartAsync();
        await using (var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound))
        {
            var reading = client.UntilAsync(_ => false);
            await SendAsync(client, 100_000, _ => Http2Wire.Frame(Http2Wire.WindowUpdate, 0, 0, Http2Wire.Number(1)));
            Assert.Null(await reading);
        }

        Assert.Contains("mesh_downstream_http2_floods_total{reason=\"window_updates\"} 1\n", field.Metrics(), StringComparison.Ordinal);
        await field.CheckAsync();
    }

    [Fact]
    public async Task Windows_opened_for_what_was_sent_are_none()
    {
        await using var field = await FloodField.StartAsync();
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound, Http2Wire.Setting(InitialWindow, 1));
        await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, 5, 1, Http2Wire.Request("GET", "/some")));
        var taken = new StringBuilder();
        while (await client.UntilAsync(frame => frame.Type == Http2Wire.Data) is { } data)
        {
            taken.Append(Encoding.ASCII.GetString(data.Payload));
            if (data.EndsStream)
            {
                break;
            }

            // As the most eager of clients: both windows for each frame.
            await client.SendAsync(
                Http2Wire.Frame(Http2Wire.WindowUpdate, 0, 1, Http2Wire.Number(1)),
                Http2Wire.Frame(Http2Wire.WindowUpdate, 0, 0, Http2Wire.Number(1))
            );
        }

        Assert.Equal(2000, taken.Length);
    }

    [Fact]
    public async Task Who_takes_nothing_is_cut_in_time()
    {
        await using var field = await FloodField.StartAsync(Impatient);
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound, Http2Wire.Setting(InitialWindow, 0));
        await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, 5, 1, Http2Wire.Request("GET", "/some")));

        var end = await client.UntilAsync(frame => frame.Type is Http2Wire.Reset or Http2Wire.GoAway || frame.EndsStream);
        Assert.False(end is { EndsStream: true }, "it was taken whole");
        // Once for the stream, and where nothing else moves, for the connection.
        Assert.Matches("mesh_downstream_http2_refused_total{reason=\"slow_reader\"} [12]\n", field.Metrics());
        await field.CheckAsync();
    }

    [Theory]
    [InlineData("/some")] // has ended here, and waits in the server
    [InlineData("/large")] // is still being sent
    public async Task An_answer_whose_window_opens_byte_by_byte_is_given_up_in_time(string path)
    {
        await using var field = await FloodField.StartAsync(Impatient);
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound, Http2Wire.Setting(InitialWindow, 0));
        await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, 5, 1, Http2Wire.Request("GET", path)));
        var end = client.UntilAsync(frame => frame.Type is Http2Wire.Reset or Http2Wire.GoAway || frame.EndsStream);
        // A byte at a time: the whole answer would take minutes.
        for (var i = 0; i < 1200 && !end.IsCompleted; i++)
        {
            await client.SendAsync(Http2Wire.Frame(Http2Wire.WindowUpdate, 0, 1, Http2Wire.Number(1)));
            await Task.WhenAny(end, Task.Delay(100));
        }

        // The stream alone: the connection may have others whose client takes what it asked for.
        Assert.Equal(Http2Wire.Reset, (await end)?.Type);
        await field.CheckAsync();
        Assert.Equal(
            path == "/some",
            field.Metrics().Contains("mesh_downstream_http2_refused_total{reason=\"slow_reader\"} 1\n", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task An_answer_that_is_never_taken_is_given_up_although_others_of_its_client_move()
    {
        await using var field = await FloodField.StartAsync(Impatient);
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound, Http2Wire.Setting(InitialWindow, 0));
        await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, 5, 1, Http2Wire.Request("GET", "/some")));
        for (var id = 3; ; id += 2)
        {
            Assert.True(id < 2000, "it was kept for ever");
            await client.SendAsync(
                Http2Wire.Frame(Http2Wire.Headers, 5, id, Http2Wire.Request("GET", "/")),
                Http2Wire.Frame(Http2Wire.WindowUpdate, 0, id, Http2Wire.Number(100))
            );
            var next = await client.UntilAsync(frame => frame.EndsStream || frame.Type is Http2Wire.Reset or Http2Wire.GoAway);
            if (next is { Type: Http2Wire.Reset, Stream: 1 })
            {
                break;
            }

            Assert.True(next is { EndsStream: true } && next.Stream == id, $"{next}");
            await Task.Delay(50);
        }

        await field.CheckAsync();
    }

    [Fact]
    public async Task Who_keeps_up_with_a_stream_that_rests_is_left_alone()
    {
        await using var field = await FloodField.StartAsync(Impatient);
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound);
        await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, 5, 1, Http2Wire.Request("GET", "/events")));

        Assert.True(
            await client.UntilAsync(frame => frame.EndsStream || frame.Type is Http2Wire.Reset or Http2Wire.GoAway) is { EndsStream: true }
        );
    }

    [Theory]
    [InlineData(0, 0x7fffffff)] // the connection's
    [InlineData(1, 0x7fffffff)] // a stream's
    public async Task A_window_that_overflows_ends_what_it_is_of(int stream, int increment)
    {
        await using var field = await FloodField.StartAsync();
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound);
        await client.SendAsync(
            Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Request("POST", "/count")),
            Http2Wire.Frame(Http2Wire.WindowUpdate, 0, stream, Http2Wire.Number(increment))
        );
        var end = await client.UntilAsync(frame => frame.Type is Http2Wire.Reset or Http2Wire.GoAway);
        Assert.True(end is null || (end.Type == Http2Wire.Reset) == (stream > 0), $"{end}");
        await field.CheckAsync();
    }

    [Fact]
    public async Task The_largest_initial_window_costs_nothing()
    {
        await using var field = await FloodField.StartAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound, Http2Wire.Setting(InitialWindow, int.MaxValue));
        for (var i = 0; i < 200; i++)
        {
            await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, 5, (i * 2) + 1, Http2Wire.Request("GET", "/large")));
        }

        // The connection's own window is not opened, and the client reads nothing.
        await field.CheckAsync();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MostMemory);
    }

    private static async Task SendAsync(Http2Peer client, int count, Func<int, byte[]> frame)
    {
        try
        {
            for (var i = 0; i < count; i += 100)
            {
                await Eventually.InTimeAsync(client.SendAsync([.. Enumerable.Range(i, 100).Select(frame)]));
            }
        }
        catch (IOException)
        {
            // Cut.
        }
    }
}
