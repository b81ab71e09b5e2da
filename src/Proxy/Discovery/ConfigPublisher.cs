using System.Collections.Immutable;
using System.Threading.Channels;
using Mesh.Proxy.Configuration;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Discovery;

/// <summary>
/// The one writer of <see cref="ConfigStore"/>: takes the newest accepted set, waits for what it refers to as
/// <see cref="SwapGate"/> says, compiles, publishes, and keeps the set on disk.
/// </summary>
internal sealed class ConfigPublisher : IDisposable
{
    private readonly ConfigStore _store;
    private readonly CompileContext _context;
    private readonly DnsResolver _dns;
    private readonly LastGoodFile? _file;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SwapGate _gate = new();
    private readonly ITimer _timer;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private OfferedSet? _offered;
    private XdsSet? _published;
    private ImmutableDictionary<string, ImmutableArray<System.Net.IPAddress>>? _publishedDns;
    private string? _savedVersion;

    public ConfigPublisher(
        ConfigStore store,
        CompileContext context,
        DnsResolver dns,
        LastGoodFile? file,
        TimeProvider time,
        ILogger<ConfigPublisher> logger
    )
    {
        _store = store;
        _context = context;
        _dns = dns;
        _file = file;
        _time = time;
        _logger = logger;
        _timer = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _dns.Changed += Wake;
    }

    /// <summary>A newer set replaces one that has not taken effect yet.</summary>
    /// <param name="awaited">References that are unanswered and may still be on their way.</param>
    public void Offer(XdsSet set, ImmutableHashSet<ResourceRef> awaited)
    {
        Volatile.Write(ref _offered, new OfferedSet(set, awaited));
        Wake();
    }

    public void Dispose()
    {
        _dns.Changed -= Wake;
        _timer.Dispose();
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (await _signal.Reader.WaitToReadAsync(stopping))
            {
                _signal.Reader.TryRead(out _);
                try
                {
                    Step();
                }
                // A bug in compiling one set must not end the loop that would take the next, sound one.
                catch (Exception e)
                {
                    _logger.LogError(e, "The received configuration could not be compiled; the last good one stays");
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested) { }
    }

    private void Wake() => _signal.Writer.TryWrite(true);

    private void Step()
    {
        if (Volatile.Read(ref _offered) is not { } offered)
        {
            return;
        }

        var hosts = offered
            .Set.All.SelectMany(e => e.References)
            .Where(r => r.TypeUrl == ResourceRef.DnsName)
            .Select(r => r.Name)
            .ToImmutableHashSet(StringComparer.Ordinal);
        _dns.Want(hosts);
        var answers = _dns.Answers;
        if (_published?.Version == offered.Set.Version && ReferenceEquals(answers, _publishedDns))
        {
            return;
        }

        var unresolved = hosts.Where(h => !answers.ContainsKey(h)).Select(h => new ResourceRef(ResourceRef.DnsName, h));
        if (_gate.Check(offered.Awaited.Union(unresolved), _time.GetElapsedTime(0)) is { } wait)
        {
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
            return;
        }

        var previous = _store.Current;
        var config = ConfigCompiler.Compile(offered.Set, previous, _context with { Dns = answers });
        _published = offered.Set;
        _publishedDns = answers;
        _store.Publish(config);
        _logger.LogInformation(
            "Configuration {Version} is in force: {Clusters} clusters, {Missing} missing references",
            config.Version,
            config.Clusters.Count,
            config.Missing.Length
        );
        foreach (var missing in config.Missing.Except(previous?.Missing ?? []))
        {
            _logger.LogWarning("Nothing answers the reference to {Reference}; what is sent there fails NC", missing);
        }

        if (_file is not null && _savedVersion != offered.Set.Version && _file.Save(offered.Set))
        {
            _savedVersion = offered.Set.Version;
        }
    }

    private sealed record OfferedSet(XdsSet Set, ImmutableHashSet<ResourceRef> Awaited);
}
