using Mesh.Metrics;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Security;
using Mesh.Proxy.Tests.Discovery;
using Mesh.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using static Mesh.Proxy.Tests.Configuration.Wire;

namespace Mesh.Proxy.Tests.Identity;

/// <summary>Certificates' lives on a clock that tests move.</summary>
public sealed class CertificateRenewerTests : IAsyncDisposable
{
    private const string Own = "spiffe://cluster.local/ns/shop/sa/books";
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    private readonly ManualTime _time = new();
    private readonly TestAuthority _authority = new("first");
    private readonly IdentityStore _store = new();
    private readonly MetricRegistry _metrics = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<WorkloadCertificate> _issued = [];
    private readonly CertificateStatus _status;
    private readonly CertificateRenewer _renewer;
    private Task _running = Task.CompletedTask;
    private TimeSpan _skew;
    private TaskCompletionSource? _hold;
    private volatile bool _down;

    public CertificateRenewerTests()
    {
        _status = new CertificateStatus(_metrics, _store, _time);
        _renewer = new CertificateRenewer(FetchAsync, _store, _status, _time, new Random(11), NullLogger<CertificateRenewer>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task Through_a_week_there_is_always_a_certificate_with_a_good_part_of_its_life_left()
    {
        await StartAsync();
        var step = TimeSpan.FromMinutes(1);
        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromDays(7); passed += step)
        {
            await AdvanceAsync(step);
            var left = _store.Current!.Leaf.NotAfter.ToUniversalTime() - _time.GetUtcNow();
            Assert.InRange(left, Day * 0.44, Day);
        }

        // Half of a day each, give or take: and no two lives of the same length.
        Assert.InRange(_issued.Count, 13, 16);
        var lives = _issued.Zip(_issued.Skip(1), (a, b) => b.Leaf.NotBefore - a.Leaf.NotBefore).ToList();
        Assert.All(lives, life => Assert.InRange(life, Day * 0.45, Day * 0.55 + step));
        Assert.True(lives.Distinct().Count() > 1);
        Assert.Equal(_issued.Count, _issued.Select(c => c.Leaf.GetPublicKeyString()).Distinct().Count());
    }

    [Fact]
    public async Task While_the_authority_is_away_the_certificate_stays_and_comes_anew_soon_after()
    {
        await StartAsync();
        var first = _store.Current;
        _down = true;
        await AdvanceAsync(TimeSpan.FromHours(1), 20);
        Assert.Same(first, _store.Current);
        Assert.True(Value("mesh_proxy_certificate_renewals_total{result=\"failure\"}") >= 5);

        _down = false;
        await AdvanceAsync(TimeSpan.FromSeconds(10), 2);

        Assert.NotSame(first, _store.Current);
        Assert.Equal(2, Value("mesh_proxy_certificate_renewals_total{result=\"success\"}"));
    }

    [Fact]
    public async Task A_machine_that_slept_past_the_end_renews_when_it_wakes()
    {
        await StartAsync();
        await AdvanceAsync(TimeSpan.FromHours(30));
        await Until.HoldsAsync(() => _issued.Count == 2, "a new certificate");
        Assert.True(_store.Current!.Leaf.NotAfter.ToUniversalTime() > _time.GetUtcNow());
    }

    [Theory]
    [InlineData(-10)]
    [InlineData(10)]
    public async Task A_clock_that_is_off_changes_neither_renewals_nor_whom_is_trusted(int minutesAhead)
    {
        _skew = TimeSpan.FromMinutes(minutesAhead);
        await StartAsync();
        // Issued this very moment by the authority's clock, without anything for clocks that differ.
        Assert.True(Judge(_authority.Workload("spiffe://cluster.local/ns/a/sa/peer", _time.GetUtcNow() + _skew, Day)));
        Assert.False(Judge(_authority.Workload("spiffe://cluster.local/ns/a/sa/old", _time.GetUtcNow() + _skew - Day, Day / 2)));

        await AdvanceAsync(TimeSpan.FromMinutes(1), 12 * 60 + 80);

        Assert.Equal(2, _issued.Count);
        Assert.Equal(_skew.TotalSeconds, Value("mesh_proxy_clock_skew_seconds"));
    }

    [Fact]
    public async Task Roots_that_are_sent_are_trusted_at_once_and_the_certificate_stays()
    {
        using var second = new TestAuthority("second");
        await StartAsync();
        var (leaf, changes) = (_store.Current!.Leaf, 0);
        _store.Changed += () => changes++;
        var both = Sent(_authority.Secret(second));

        _renewer.Trust(both);
        _renewer.Trust(both);
        _renewer.Trust(Sent(second.Secret(_authority)));

        Assert.Equal(1, changes);
        Assert.Same(leaf, _store.Current!.Leaf);
        Assert.True(Judge(second.Workload("spiffe://cluster.local/ns/a/sa/peer", _time.GetUtcNow(), Day)));
    }

    [Fact]
    public async Task Roots_that_come_during_a_renewal_are_newer_than_its_own()
    {
        using var second = new TestAuthority("second");
        _hold = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _running = _renewer.RunAsync(_stop.Token);
        _renewer.Trust(Sent(_authority.Secret(second)));

        _hold.SetResult();
        await _store.Available.WaitAsync(Until.Bound);

        Assert.Equal(2, _store.Current!.Roots.Length);
    }

    [Fact]
    public async Task The_age_of_the_certificate_is_a_metric()
    {
        Assert.Equal(0, Value("mesh_proxy_certificate_age_seconds"));
        await StartAsync();
        await AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(600, Value("mesh_proxy_certificate_age_seconds"));
        Assert.Equal(Day.TotalSeconds - 600, Value("mesh_proxy_certificate_expiry_seconds"));
    }

    [Fact]
    public void Half_of_what_is_left_counts_from_the_authority_s_clock()
    {
        var at = _time.GetUtcNow();
        Assert.Equal(at + (Day * 0.45), RenewalSchedule.DueAt(at, at + Day, 0));
        Assert.Equal(at + (Day * 0.55), RenewalSchedule.DueAt(at, at + Day, 1));
        Assert.Equal(TimeSpan.Zero, RenewalSchedule.Wait(at, at));
        Assert.Equal(TimeSpan.FromSeconds(3), RenewalSchedule.Wait(at, at.AddSeconds(3)));
        Assert.Equal(RenewalSchedule.LongestWait, RenewalSchedule.Wait(at, at + Day));
    }

    private async Task<IssuedCertificate> FetchAsync(WorkloadCertificate? current, CancellationToken cancellation)
    {
        if (_hold is not null)
        {
            await _hold.Task;
        }

        if (_down)
        {
            throw new CertificateException("nobody there");
        }

        var now = _time.GetUtcNow() + _skew;
        var certificate = _authority.Workload(Own, now, Day, _skew);
        _issued.Add(certificate);
        return new(certificate, now);
    }

    private async Task StartAsync()
    {
        _running = _renewer.RunAsync(_stop.Token);
        await _store.Available.WaitAsync(Until.Bound);
        await ArmedAsync();
    }

    /// <summary>Moves the clock; between two steps the renewer has done what there was to do and waits for the clock again.</summary>
    private async Task AdvanceAsync(TimeSpan step, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            _time.Advance(step);
            await ArmedAsync();
        }
    }

    private async Task ArmedAsync()
    {
        for (var spins = 0; _time.Waiting == 0 && spins < 1000; spins++)
        {
            await Task.Yield();
        }

        if (_time.Waiting == 0)
        {
            await Until.HoldsAsync(() => _time.Waiting > 0, "the renewer waiting for the clock");
        }
    }

    private bool Judge(WorkloadCertificate peer)
    {
        var current = _store.Current!;
        return current.Trust.Judge(peer.Leaf, null, server: true, current.TimeOfMesh(_time.GetUtcNow())) is null;
    }

    private static XdsSet Sent(Mesh.Xds.Pb.Secret secret) => Set(secret);

    private double Value(string series)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        _metrics.WriteTo(output);
        var line = System
            .Text.Encoding.UTF8.GetString(output.WrittenSpan)
            .Split('\n')
            .FirstOrDefault(l => l.StartsWith(series + " ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }
}
