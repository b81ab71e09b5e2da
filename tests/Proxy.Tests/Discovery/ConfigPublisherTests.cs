using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Discovery;
using Mesh.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using static Mesh.Proxy.Tests.Configuration.Wire;

namespace Mesh.Proxy.Tests.Discovery;

public sealed class ConfigPublisherTests : IAsyncDisposable
{
    private const string Api = "outbound|443||api.example.com";

    private readonly ManualTime _time = new();
    private readonly ConfigStore _store = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly DnsResolver _dns;
    private readonly ConfigPublisher _publisher;
    private readonly Task _running;
    private volatile IPAddress[] _addresses = [IPAddress.Parse("192.0.2.7")];
    private volatile bool _dnsFails;
    private int _lookups;

    public ConfigPublisherTests()
    {
        _dns = new DnsResolver(LookUp, _time, NullLogger<DnsResolver>.Instance);
        var context = new CompileContext
        {
            Capture = CaptureMode.Redirect,
            NodeAddress = IPAddress.Loopback,
            Application = null,
        };
        _publisher = new ConfigPublisher(_store, context, _dns, null, _time, NullLogger<ConfigPublisher>.Instance);
        _running = Task.WhenAll(_publisher.RunAsync(_stop.Token), _dns.RunAsync(_stop.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _publisher.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_set_whose_references_are_answered_takes_effect_at_once()
    {
        var set = Set(Eds("a"), Endpoints("a", ("10.0.0.1", 80)));

        _publisher.Offer(set, set.Missing());

        Assert.Equal(set.Version, (await NextAsync(null)).Version);
    }

    [Fact]
    public async Task A_swap_waits_for_what_is_on_its_way_and_meanwhile_the_old_one_serves()
    {
        var first = Set(Eds("a"), Endpoints("a", ("10.0.0.1", 80)));
        _publisher.Offer(first, first.Missing());
        var before = await NextAsync(null);
        var timers = _time.Waiting;

        var second = first.And(Eds("b"));
        _publisher.Offer(second, second.Missing());
        await Until.HoldsAsync(() => _time.Waiting > timers, "the swap waits");
        Assert.Same(before, _store.Current);

        var third = second.And(Endpoints("b", ("10.0.0.2", 80)));
        _publisher.Offer(third, third.Missing());
        var after = await NextAsync(before);
        Assert.Equal(third.Version, after.Version);
        Assert.Single(after.Clusters["b"].Endpoints);
    }

    [Fact]
    public async Task After_a_second_the_swap_takes_effect_without_what_is_missing()
    {
        var timers = _time.Waiting;
        var set = Set(Eds("a"), Routes("80", Host("h", "h", To("gone"))));
        _publisher.Offer(set, set.Missing());
        await Until.HoldsAsync(() => _time.Waiting > timers, "the swap waits");

        _time.Advance(SwapGate.Patience);

        Assert.Equal(["CDS gone", "EDS a"], (await NextAsync(null)).Missing.ToArray());
    }

    [Fact]
    public async Task Names_are_resolved_before_the_swap_and_followed_after_it()
    {
        var set = Set(Dns(Api, "api.example.com", 443));
        _publisher.Offer(set, set.Missing());
        var first = await NextAsync(null);
        Assert.Equal("192.0.2.7:443", Assert.Single(first.Clusters[Api].Endpoints).Address.ToString());

        _addresses = [IPAddress.Parse("192.0.2.8")];
        await LookUpAgainAsync(DnsResolver.Refresh);

        var second = await NextAsync(first);
        Assert.Equal("192.0.2.8:443", Assert.Single(second.Clusters[Api].Endpoints).Address.ToString());
    }

    [Fact]
    public async Task A_name_that_stops_resolving_keeps_its_addresses()
    {
        var set = Set(Dns(Api, "api.example.com", 443));
        _publisher.Offer(set, set.Missing());
        await NextAsync(null);

        _dnsFails = true;
        await LookUpAgainAsync(DnsResolver.Refresh);
        await LookUpAgainAsync(DnsResolver.RetryAfterFailure);

        Assert.Equal("192.0.2.7:443", Assert.Single(_store.Current!.Clusters[Api].Endpoints).Address.ToString());
    }

    private async Task LookUpAgainAsync(TimeSpan after)
    {
        var before = Volatile.Read(ref _lookups);
        await Until.HoldsAsync(
            () =>
            {
                // The resolver sets its next timer some time after the last answer; until then there is nothing to fire.
                _time.Advance(after);
                return Volatile.Read(ref _lookups) > before;
            },
            "another look-up"
        );
    }

    private Task<IPAddress[]> LookUp(string host, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _lookups);
        return _dnsFails
            ? Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound))
            : Task.FromResult(_addresses);
    }

    private async Task<ProxyConfig> NextAsync(ProxyConfig? before)
    {
        await Until.HoldsAsync(() => !ReferenceEquals(_store.Current, before), "a new configuration");
        return _store.Current!;
    }
}
