using Mesh.Proxy.Http;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Hostile;

/// <summary>
/// Clients of HTTP/2 that cost more than they give (mesh-wide: CVE-2019-9511 to 9518, CVE-2023-44487, CVE-2024-27919, CVE-2024-30255): cut off or
/// held, in bounded memory, while others are served.
/// </summary>
[Collection(nameof(Alone))]
public sealed class Http2FloodTests
{
    private const long MostMemory = 64 * 1024 * 1024;
    private const int Enough = 200_000;

    public static TheoryData<string, string> Floods =>
        new()
        {
            { "resets", "early_resets" },
            { "pings", "control_frames" },
            { "settings", "control_frames" },
            { "priorities", "control_frames" },
            { "unknown frames", "control_frames" },
            { "empty data", "control_frames" },
            { "empty continuations", "continuations" },
        };

    [Theory]
    [MemberData(nameof(Floods))]
    public async Task A_flood_is_cut_counted_and_felt_by_nobody_else(string flood, string reason)
    {
        await using var field = await FloodField.StartAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using (var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound))
        {
            var reading = client.UntilAsync(_ => false);
            if (flood == "empty data")
            {
                await client.SendAsync(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Request("POST", "/silent"));
            }
            else if (flood == "empty continuations")
            {
                await client.SendAsync(Http2Wire.Headers, 0, 1, Http2Wire.Request("GET", "/silent"));
            }

            await SendUntilCutAsync(client, number => Frame(flood, number));
            Assert.Null(await reading);
        }

        Assert.Contains($"mesh_downstream_http2_floods_total{{reason=\"{reason}\"}} 1\n", field.Metrics(), StringComparison.Ordinal);
        await field.CheckAsync();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MostMemory);
    }

    [Fact]
    public async Task A_head_without_end_is_cut()
    {
        await using var field = await FloodField.StartAsync();
        var piece = Http2Wire.Block([.. Enumerable.Range(0, 8).Select(i => ($"x-{i}", new string('a', 1900)))]);
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound);
        var reading = client.UntilAsync(_ => false);
        await client.SendAsync(Http2Wire.Headers, 0, 1, Http2Wire.Request("GET", "/"));

        await SendUntilCutAsync(client, _ => Http2Wire.Frame(Http2Wire.Continuation, 0, 1, piece), most: 10_000);
        Assert.Null(await reading);
        await field.CheckAsync();
    }

    [Theory]
    [InlineData("x-a")]
    [InlineData("cookie")] // CVE-2026-47774: bytes of cookies that nobody counted
    public async Task A_small_head_that_unpacks_to_a_large_one_is_refused(string name)
    {
        await using var field = await FloodField.StartAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound);
        // One field of 3000 bytes goes to the table (RFC 7541 section 6.2.1), and is then named by one byte as often as it fits in a frame.
        var field0 = Http2Wire.Block((name, new string('a', 3000)));
        field0[0] = 0x40;
        byte[] head = [.. Http2Wire.Request("GET", "/"), .. field0, .. Enumerable.Repeat((byte)0xBE, 12_000)];
        await client.SendAsync(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 1, head);

        // An answer of its own (431), or the end of everything.
        var end = await client.UntilAsync(frame => frame.Type is Http2Wire.Headers or Http2Wire.Reset or Http2Wire.GoAway);
        Assert.True(end is null || end.Type != Http2Wire.Headers || !FloodField.IsOk(end), "it was passed on");
        await field.CheckAsync();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, MostMemory);
    }

    [Fact]
    public async Task Streams_whose_windows_stay_shut_hold_little()
    {
        const short InitialWindow = 4;
        await using var field = await FloodField.StartAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound, Http2Wire.Setting(InitialWindow, 0));
        for (var i = 0; i < 1000; i++)
        {
            await client.SendAsync(Http2Wire.Frame(Http2Wire.Headers, 5, (i * 2) + 1, Http2Wire.Request("GET", "/large")));
        }

        for (var heads = 0; heads < 1000; )
        {
            heads += await client.UntilAsync(frame => frame.Type == Http2Wire.Headers) is null ? 1000 : 1;
        }

        await field.CheckAsync();
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 3 * MostMemory);
    }

    [Fact]
    public async Task Streams_that_make_the_proxy_reset_them_cost_the_upstream_little()
    {
        await using var field = await FloodField.StartAsync();
        await using (var client = await Http2Peer.ConnectAsync(field.Proxy.Outbound))
        {
            var reading = client.UntilAsync(_ => false);
            // A window update of nothing is a broken rule of its stream (RFC 9113 section 6.9): the server resets it, and the client may open another.
            await SendUntilCutAsync(
                client,
                number =>
                    [
                        .. Http2Wire.Frame(Http2Wire.Headers, 5, (number * 2) + 1, Http2Wire.Request("GET", "/silent")),
                        .. Http2Wire.Frame(Http2Wire.WindowUpdate, 0, (number * 2) + 1, new byte[4]),
                    ],
                most: 20_000
            );
            await field.CheckAsync();
            await client.DisposeAsync();
            await reading;
        }

        Assert.InRange(field.MostAtOnce, 0, 2 * TrafficDefaults.MaxStreamsPerConnection);
    }

    private static byte[] Frame(string flood, int number) =>
        flood switch
        {
            "resets" =>
            [
                .. Http2Wire.Frame(Http2Wire.Headers, 5, (number * 2) + 1, Http2Wire.Request("GET", "/silent")),
                .. Http2Wire.Frame(Http2Wire.Reset, 0, (number * 2) + 1, Http2Wire.Number(8)),
            ],
            "pings" => Http2Wire.Frame(Http2Wire.Ping, 0, 0, new byte[8]),
            "settings" => Http2Wire.Frame(Http2Wire.Settings, 0, 0, Http2Wire.Setting(3, 100)),
            "priorities" => Http2Wire.Frame(Http2Wire.Priority, 0, 3, new byte[5]),
            "unknown frames" => Http2Wire.Frame(0xEE, 0, 0, []),
            "empty data" => Http2Wire.Frame(Http2Wire.Data, 0, 1, []),
            _ => Http2Wire.Frame(Http2Wire.Continuation, 0, 1, []),
        };

    // What the kernel takes behind the end is not ours to count: who reads sees the end.
    private static async Task SendUntilCutAsync(Http2Peer client, Func<int, byte[]> frame, int most = Enough)
    {
        try
        {
            for (var i = 0; i < most; i += 50)
            {
                await Eventually.InTimeAsync(client.SendAsync([.. Enumerable.Range(i, 50).Select(frame)]));
            }
        }
        catch (IOException)
        {
            // Cut.
        }
    }
}
