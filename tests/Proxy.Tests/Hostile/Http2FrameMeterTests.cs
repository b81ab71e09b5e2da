using System.Buffers;
using Mesh.Http2;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Hostile;

public sealed class Http2FrameMeterTests
{
    private readonly ManualTime _time = new();
    private readonly Http2FloodLimits _limits = new()
    {
        ControlFrames = 20,
        Resets = 5,
        Continuations = 3,
    };

    [Fact]
    public void A_client_that_pings_now_and_then_may_go_on_for_ever()
    {
        var meter = Begun();
        for (var i = 0; i < 1000; i++)
        {
            Assert.Equal(Http2Flood.None, Take(meter, Http2Wire.Frame(Http2Wire.Ping, 0, 0, new byte[8])));
            _time.Advance(TimeSpan.FromMilliseconds(500));
        }
    }

    [Fact]
    public void A_client_may_ping_for_what_it_was_sent()
    {
        // As gRPC for Go does to measure the connection: one ping for each frame of data, as soon as the last was answered.
        var sent = 0L;
        var meter = new Http2FrameMeter(_limits, _time, () => sent);
        Take(meter, Http2Wire.Preface);
        for (var i = 0; i < 1000; i++)
        {
            // The frame of data, and the answer to the ping.
            sent += 9 + 5;
            Assert.Equal(Http2Flood.None, Take(meter, Http2Wire.Frame(Http2Wire.Ping, 0, 0, new byte[8])));
            sent += 17;
        }
    }

    [Fact]
    public void Answers_to_pings_earn_no_pings()
    {
        var sent = 0L;
        var meter = new Http2FrameMeter(_limits, _time, () => sent);
        Take(meter, Http2Wire.Preface);
        var flood = Http2Flood.None;
        for (var i = 0; i < 1000 && flood == Http2Flood.None; i++)
        {
            flood = Take(meter, Http2Wire.Frame(Http2Wire.Ping, 0, 0, new byte[8]));
            sent += 17;
        }

        Assert.Equal(Http2Flood.ControlFrames, flood);
    }

    [Fact]
    public void What_carries_something_is_never_a_flood()
    {
        var meter = Begun();
        for (var i = 0; i < 1000; i++)
        {
            var stream = (i * 2) + 1;
            Assert.Equal(
                Http2Flood.None,
                Take(
                    meter,
                    [
                        .. Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, stream, Http2Wire.Request("POST", "/")),
                        .. Http2Wire.Frame(Http2Wire.Data, 0, stream, new byte[100]),
                        .. Http2Wire.Frame(Http2Wire.Data, Http2Wire.EndStream, stream, []),
                        .. Http2Wire.Frame(Http2Wire.WindowUpdate, 0, 0, Http2Wire.Number(100)),
                        .. Http2Wire.Frame(Http2Wire.Ping, Http2Wire.Ack, 0, new byte[8]),
                        .. Http2Wire.Frame(Http2Wire.Settings, Http2Wire.Ack, 0, []),
                    ]
                )
            );
        }
    }

    [Theory]
    [InlineData(2)] // seconds that a stream lives
    [InlineData(0)]
    public void Streams_that_are_reset_late_are_cancelled_calls(int seconds)
    {
        var meter = Begun();
        var flood = Http2Flood.None;
        for (var i = 0; i < 50 && flood == Http2Flood.None; i++)
        {
            Take(meter, Http2Wire.Get((i * 2) + 1));
            _time.Advance(TimeSpan.FromSeconds(seconds));
            flood = Take(meter, Http2Wire.Frame(Http2Wire.Reset, 0, (i * 2) + 1, Http2Wire.Number(8)));
        }

        Assert.Equal(seconds > 0 ? Http2Flood.None : Http2Flood.Resets, flood);
    }

    [Fact]
    public void Fewer_than_half_of_the_streams_may_be_reset_early()
    {
        var meter = Begun();
        for (var i = 0; i < 300; i++)
        {
            Assert.Equal(Http2Flood.None, Take(meter, Http2Wire.Get((i * 2) + 1)));
            if (i % 3 == 2)
            {
                Assert.Equal(Http2Flood.None, Take(meter, Http2Wire.Frame(Http2Wire.Reset, 0, (i * 2) + 1, Http2Wire.Number(8))));
            }
        }
    }

    [Fact]
    public void However_the_bytes_arrive_the_verdict_is_the_same()
    {
        byte[] bytes =
        [
            .. Http2Wire.Preface,
            .. Enumerable.Range(0, 30).SelectMany(_ => Http2Wire.Frame(Http2Wire.Ping, 0, 0, new byte[8])),
        ];
        var random = new Random(5);
        for (var run = 0; run < 100; run++)
        {
            var meter = new Http2FrameMeter(_limits, _time);
            var flood = Http2Flood.None;
            var at = 0;
            while (at < bytes.Length && flood == Http2Flood.None)
            {
                var count = Math.Min(random.Next(1, 40), bytes.Length - at);
                flood = meter.Take(new ReadOnlySequence<byte>(bytes, at, count));
                at += count;
            }

            Assert.Equal(Http2Flood.ControlFrames, flood);
        }
    }

    private Http2FrameMeter Begun()
    {
        var meter = new Http2FrameMeter(_limits, _time);
        Take(meter, Http2Wire.Preface);
        return meter;
    }

    private static Http2Flood Take(Http2FrameMeter meter, byte[] bytes) => meter.Take(new ReadOnlySequence<byte>(bytes));
}
