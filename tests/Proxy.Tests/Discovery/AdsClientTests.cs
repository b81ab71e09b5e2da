using System.Net;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Discovery;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using static Mesh.Proxy.Tests.Configuration.Wire;

namespace Mesh.Proxy.Tests.Discovery;

/// <summary>What operators read about the stream to the control plane.</summary>
public sealed class AdsClientTests
{
    private readonly LogLines<AdsClient> _log = new(LogLevel.Warning);

    [Fact]
    public async Task Stopping_with_an_open_stream_is_no_reason_to_warn()
    {
        await using var server = await AdsTestServer.StartAsync([VirtualOutbound(), VirtualInbound("a;b;c;d;e")]);
        using var stop = new CancellationTokenSource();
        var dns = new DnsResolver(System.Net.Dns.GetHostAddressesAsync, TimeProvider.System, NullLogger<DnsResolver>.Instance);
        using var publisher = Publisher(dns);
        var client = Client(server.Address, publisher);
        var running = client.RunAsync(stop.Token);
        await Until.HoldsAsync(() => client.Status.Connected, "an open stream");

        await stop.CancelAsync();
        await running.WaitAsync(Until.Bound);

        Assert.Empty(_log.Written);
    }

    [Fact]
    public async Task A_control_plane_that_is_not_there_is_warned_about_and_stopping_then_adds_nothing()
    {
        using var stop = new CancellationTokenSource();
        var dns = new DnsResolver(System.Net.Dns.GetHostAddressesAsync, TimeProvider.System, NullLogger<DnsResolver>.Instance);
        using var publisher = Publisher(dns);
        var client = Client(new IPEndPoint(IPAddress.Loopback, 1), publisher);
        var running = client.RunAsync(stop.Token);
        await Until.HoldsAsync(() => _log.Written.Count > 0, "a warning");

        await stop.CancelAsync();
        await running.WaitAsync(Until.Bound);

        Assert.All(_log.Written, line => Assert.Contains("Unavailable", line, StringComparison.Ordinal));
    }

    private static ConfigPublisher Publisher(DnsResolver dns) =>
        new(new ConfigStore(), CompileContext.Of(Options), dns, null, TimeProvider.System, NullLogger<ConfigPublisher>.Instance);

    private AdsClient Client(IPEndPoint address, ConfigPublisher publisher) =>
        new(
            new UriBuilder(Uri.UriSchemeHttp, address.Address.ToString(), address.Port).Uri,
            new AdsSession(NodeDescription.Of(Options), XdsSet.Empty),
            publisher,
            TimeProvider.System,
            _log,
            new Random(5)
        );

    private static ProxyOptions Options { get; } =
        new() { Node = ProxyNode.Parse("sidecar~127.0.0.1~a.b~b.svc.cluster.local", out _)!, Ads = new("127.0.0.1", 0) };
}
