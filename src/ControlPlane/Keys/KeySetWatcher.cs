using System.Collections.Immutable;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Sources;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Keys;

/// <summary>Fetches the keys that the published policies ask for, again and again, and puts what changed into the store: does what <see cref="KeySetSchedule"/> says.</summary>
internal sealed class KeySetWatcher(
    KeySetOptions options,
    KeySetStore store,
    KeySetMetrics metrics,
    TimeProvider time,
    ILogger<KeySetWatcher> logger
) : BackgroundService
{
    private readonly Signal _woken = new();
    private readonly Lock _lock = new();
    private readonly KeySetSchedule _schedule = new(options, Random.Shared);
    private readonly KeySetFetcher _fetcher = new(options, time);
    private ImmutableArray<KeySource> _followed = [];

    /// <summary>What published policies ask for; from any thread.</summary>
    public void Follow(ImmutableArray<KeySource> sources)
    {
        lock (_lock)
        {
            if (sources.SequenceEqual(_followed))
            {
                return;
            }

            _followed = sources;
            _schedule.Follow(sources, time.GetUtcNow());
            store.Publish(_schedule.Current);
        }

        _woken.Ring();
    }

    public override void Dispose()
    {
        _fetcher.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            _woken.Reset();
            TimeSpan? wait;
            lock (_lock)
            {
                foreach (var source in _schedule.Due(time.GetUtcNow()))
                {
                    _ = FetchAsync(source, stoppingToken);
                }

                wait = _schedule.Wait(time.GetUtcNow());
            }

            using var heard = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(_woken.WaitAsync(heard.Token), Task.Delay(wait ?? Timeout.InfiniteTimeSpan, time, heard.Token));
            await heard.CancelAsync();
            stoppingToken.ThrowIfCancellationRequested();
        }
    }

    private async Task FetchAsync(KeySource source, CancellationToken stoppingToken)
    {
        // Not on the loop's thread, which holds the lock.
        await Task.Yield();
        KeySetFetch fetch;
        try
        {
            fetch = await _fetcher.FetchAsync(source, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception e)
        {
            logger.LogError(e, "Keys could not be fetched from {Source}, for a reason that is a bug.", source);
            fetch = KeySetFetch.Failed(e.Message);
        }

        metrics.Ended(fetch.Keys is not null);
        lock (_lock)
        {
            if (fetch.Keys is { } keys)
            {
                _schedule.Succeeded(source, keys, fetch.MaxAge, time.GetUtcNow());
            }
            else
            {
                _schedule.Failed(source, fetch.Problem, time.GetUtcNow());
            }

            store.Publish(_schedule.Current);
        }

        _woken.Ring();
    }
}
