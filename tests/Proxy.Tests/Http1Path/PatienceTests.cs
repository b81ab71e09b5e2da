using System.IO.Pipelines;
using System.Net;
using System.Text;
using Mesh.Metrics;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Http;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Tests;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Tests.Http1Path;

/// <summary>How long a connection waits for its client, by a clock that the test moves, over pipes in memory.</summary>
public sealed class PatienceTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly RecordingLogs _logs = new();
    private readonly Pipe _toProxy = new(Inline);
    private readonly Pipe _toClient = new(Inline);
    private readonly UpstreamPools _pools;
    private readonly Http1Codec _codec;

    public PatienceTests()
    {
        var store = new ConfigStore();
        store.Publish(TestConfig.Outbound());
        var options = new ProxyOptions
        {
            Node = ProxyNode.Parse("sidecar~127.0.0.1~a.default~default.svc.cluster.local", out _)!,
            Ads = new DnsEndPoint("127.0.0.1", 1),
        };
        _pools = new UpstreamPools(UpstreamDialer.DialAsync, _time);
        var sink = new RecordSink(null, new RequestMetrics(new MetricRegistry(), _time));
        _codec = new Http1Codec(
            new Http1Services(store, new EndpointResolver(options), _pools, sink, _time, _logs, options.Limits)
            {
                RetryBodyLimit = options.RetryBodyLimit,
            }
        );
        var here = new IPEndPoint(IPAddress.Loopback, 1);
        var connection = new MemoryConnection(new Duplex(_toProxy.Reader, _toClient.Writer), new Duplex(_toClient.Reader, _toProxy.Writer));
        connection.Features.Set(
            new ConnectionTarget
            {
                Inbound = false,
                Destination = null,
                Bound = null,
                Port = 80,
                Local = here,
                Remote = here,
            }
        );
        Assert.True(_codec.TryTake(connection));
    }

    private static PipeOptions Inline => new(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline);

    [Fact]
    public async Task A_head_that_does_not_arrive_in_a_minute_is_408_and_ends_the_connection()
    {
        await SayAsync("GET / HTTP/1.1\r\nHo");
        _time.Advance(TimeSpan.FromSeconds(59));
        await SayAsync("st: a\r\nX: ");
        Assert.False(_toClient.Reader.TryRead(out _));

        _time.Advance(TimeSpan.FromSeconds(2));
        await _toProxy.Writer.CompleteAsync();

        var answer = await ReadAllAsync();
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("connection: close\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_without_a_request_lives_for_an_hour()
    {
        await SayAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 ", await ReadSomeAsync(), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromMinutes(59));
        await SayAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 404 ", await ReadSomeAsync(), StringComparison.Ordinal);

        // The one timer fires for the first hour, and goes on for the rest of the second.
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.False(_toClient.Reader.TryRead(out _));
        // The hour of the second answer may have begun only now: its bytes are read before the connection rests.
        _time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("", await ReadAllAsync());
    }

    [Fact]
    public async Task A_drain_gives_an_idle_connection_a_second()
    {
        await SayAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await ReadSomeAsync();
        var draining = _codec.DrainAsync(CancellationToken.None);
        Assert.False(_toClient.Reader.TryRead(out _));

        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1.1));
                return draining.IsCompleted;
            },
            "the connection ends"
        );

        Assert.Equal("", await ReadAllAsync());
    }

    [Fact]
    public async Task A_drain_that_is_said_again_and_again_gives_no_more_than_that_second()
    {
        await SayAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await ReadSomeAsync();
        var draining = _codec.DrainAsync(CancellationToken.None);

        await Eventually.TrueAsync(
            () =>
            {
                _ = _codec.DrainAsync(CancellationToken.None);
                _time.Advance(TimeSpan.FromSeconds(0.6));
                return draining.IsCompleted;
            },
            "the connection ends"
        );

        Assert.Equal("", await ReadAllAsync());
    }

    [Fact]
    public async Task A_request_on_its_way_into_a_drain_is_answered()
    {
        await SayAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await ReadSomeAsync();
        var draining = _codec.DrainAsync(CancellationToken.None);
        await SayAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.Contains("connection: close\r\n", await ReadAllAsync(), StringComparison.Ordinal);
        await Eventually.InTimeAsync(draining);
    }

    public void Dispose()
    {
        _pools.Dispose();
        Assert.Empty(_logs.Errors);
    }

    private async Task SayAsync(string text) => await _toProxy.Writer.WriteAsync(Encoding.Latin1.GetBytes(text));

    private async Task<string> ReadSomeAsync()
    {
        var read = await Eventually.InTimeAsync(_toClient.Reader.ReadAsync().AsTask());
        var text = Encoding.Latin1.GetString(System.Buffers.BuffersExtensions.ToArray(read.Buffer));
        _toClient.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }

    private async Task<string> ReadAllAsync()
    {
        var text = new StringBuilder();
        while (true)
        {
            var read = await Eventually.InTimeAsync(_toClient.Reader.ReadAsync().AsTask());
            text.Append(Encoding.Latin1.GetString(System.Buffers.BuffersExtensions.ToArray(read.Buffer)));
            _toClient.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return text.ToString();
            }
        }
    }

    private sealed class MemoryConnection(IDuplexPipe transport, IDuplexPipe application)
        : DefaultConnectionContext("memory", transport, application)
    {
        public override async ValueTask DisposeAsync()
        {
            await Transport.Input.CompleteAsync();
            await Transport.Output.CompleteAsync();
            await base.DisposeAsync();
        }
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
