using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Discovery;

/// <summary>
/// Looks up the host names of DNS clusters every minute, failed ones every five seconds. A name that stops resolving keeps its last
/// addresses: a resolver's bad minute is no reason to drop traffic.
/// </summary>
internal sealed class DnsResolver(Func<string, CancellationToken, Task<IPAddress[]>> lookup, TimeProvider time, ILogger<DnsResolver> logger)
{
    public static readonly TimeSpan Refresh = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan RetryAfterFailure = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, TimeSpan> _due = new(StringComparer.Ordinal);
    private TaskCompletionSource _wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableHashSet<string> _hosts = ImmutableHashSet.Create<string>(StringComparer.Ordinal);
    private ImmutableDictionary<string, ImmutableArray<IPAddress>> _answers = ImmutableDictionary.Create<string, ImmutableArray<IPAddress>>(
        StringComparer.Ordinal
    );

    /// <summary>Raised from the resolver's loop after <see cref="Answers"/> was replaced.</summary>
    public event Action? Changed;

    /// <summary>Sorted addresses by host name; a name that never resolved is not in it. The same object until something changes.</summary>
    public ImmutableDictionary<string, ImmutableArray<IPAddress>> Answers => Volatile.Read(ref _answers);

    /// <summary>Replaces the names to keep resolved.</summary>
    public void Want(ImmutableHashSet<string> hosts)
    {
        if (!Interlocked.Exchange(ref _hosts, hosts).SetEquals(hosts))
        {
            Volatile.Read(ref _wanted).TrySetResult();
        }
    }

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                // Taken before the names are read, so that no change of them is missed.
                var wanted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Volatile.Write(ref _wanted, wanted);
                var next = await ResolveDueAsync(stopping);
                using var wake = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                await Task.WhenAny(wanted.Task, Task.Delay(next, time, wake.Token));
                await wake.CancelAsync();
                stopping.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested) { }
    }

    private async Task<TimeSpan> ResolveDueAsync(CancellationToken stopping)
    {
        var hosts = Volatile.Read(ref _hosts);
        foreach (var gone in _due.Keys.Where(h => !hosts.Contains(h)).ToList())
        {
            _due.Remove(gone);
        }

        var now = time.GetElapsedTime(0);
        var due = hosts.Where(h => _due.GetValueOrDefault(h) <= now).ToList();
        var found = await Task.WhenAll(due.Select(h => ResolveAsync(h, stopping)));

        var answers = _answers;
        var updated = answers.RemoveRange(answers.Keys.Where(h => !hosts.Contains(h)));
        foreach (var (host, addresses) in found)
        {
            _due[host] = now + (addresses.IsDefault ? RetryAfterFailure : Refresh);
            if (!addresses.IsDefault && !(answers.TryGetValue(host, out var known) && known.SequenceEqual(addresses)))
            {
                updated = updated.SetItem(host, addresses);
            }
        }

        if (!ReferenceEquals(updated, answers))
        {
            Volatile.Write(ref _answers, updated);
            Changed?.Invoke();
        }

        return _due.Count == 0 ? Refresh : TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, (_due.Values.Min() - now).Ticks));
    }

    private async Task<(string Host, ImmutableArray<IPAddress> Addresses)> ResolveAsync(string host, CancellationToken stopping)
    {
        try
        {
            var addresses = await lookup(host, stopping);
            // Resolvers rotate their answers; order must not look like change.
            return (host, [.. addresses.OrderBy(a => a.ToString(), StringComparer.Ordinal)]);
        }
        // ArgumentException: a name too long to be asked for.
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            logger.LogWarning("The name {Host} does not resolve: {Reason}", host, e.Message);
            return (host, default);
        }
    }
}
