using System.Net;
using System.Net.Sockets;
using Mesh.Metrics;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;

namespace Mesh.Proxy.Tests.Traffic;

/// <summary>The traffic part of the proxy on free ports, with its log; disposing it fails on errors that were logged unexpectedly.</summary>
internal sealed class TestProxy : IAsyncDisposable
{
    private readonly string _logPath = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly RecordingLogs _logs = new();

    private TestProxy(ProxyConfig? config, Func<ProxyOptions, ProxyOptions>? change)
    {
        if (config is not null)
        {
            Store.Publish(config);
        }

        var options = new ProxyOptions
        {
            Node = ProxyNode.Parse("sidecar~127.0.0.1~productpage.default~default.svc.cluster.local", out _)!,
            Ads = new DnsEndPoint("127.0.0.1", 1),
            Outbound = new IPEndPoint(IPAddress.Loopback, 0),
            AccessLog = _logPath,
        };
        Server = new TrafficServer(change?.Invoke(options) ?? options, Store, Metrics, _logs, TimeProvider.System);
    }

    public ConfigStore Store { get; } = new();

    public MetricRegistry Metrics { get; } = new();

    public TrafficServer Server { get; }

    public IPEndPoint Outbound => Server.OutboundEndPoint!;

    public IReadOnlyCollection<string> Errors => _logs.Errors;

    public bool ErrorsAreExpected { get; set; }

    public static async Task<TestProxy> StartAsync(ProxyConfig? config, Func<ProxyOptions, ProxyOptions>? change = null)
    {
        var proxy = new TestProxy(config, change);
        await proxy.Server.StartAsync();
        if (config is not null)
        {
            await proxy.Server.FollowedAsync(config);
        }

        return proxy;
    }

    public async Task PublishAsync(ProxyConfig config)
    {
        Store.Publish(config);
        await Server.FollowedAsync(config);
    }

    /// <summary>A client of the outbound port, which routes by authority; it decides nothing by itself.</summary>
    public HttpMessageInvoker Client(IPEndPoint? port = null) =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                EnableMultipleHttp2Connections = true,
                Expect100ContinueTimeout = TimeSpan.FromSeconds(30),
                ConnectCallback = async (_, cancellation) =>
                {
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(port ?? Outbound, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        );

    /// <summary>The access log's lines once there are so many.</summary>
    public async Task<string[]> LogAsync(int lines = 1)
    {
        var read = Array.Empty<string>();
        await Eventually.TrueAsync(
            async () =>
            {
                await using var file = new FileStream(_logPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                read = (await new StreamReader(file).ReadToEndAsync()).Split('\n')[..^1];
                return read.Length >= lines;
            },
            $"{lines} access-log lines"
        );
        return read;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        File.Delete(_logPath);
        if (!ErrorsAreExpected)
        {
            Assert.True(_logs.Errors.Count == 0, string.Join('\n', _logs.Errors));
        }
    }
}
