using System.Text.Json;
using Mesh.Kubernetes.Access;

namespace Mesh.Kubernetes.Watching;

/// <summary>Has an <see cref="IResourceObserver"/> follow one collection until it is cancelled; moves what its <see cref="WatchSession"/> decides.</summary>
/// <param name="ns">Null for every namespace.</param>
public sealed class ResourceWatcher(
    KubernetesClient client,
    ApiResource resource,
    string? ns,
    ListOptions options,
    IResourceObserver observer,
    TimeProvider time,
    Random random
)
{
    // As client-go, so that the watches of many clients do not end in one moment.
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromMinutes(5);

    // A bookmark comes about every minute; a server that has said nothing long after it should have ended the watch is gone.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    // Three bookmarks that did not come. Beginning again where nothing was wrong costs one request, so it is no problem by itself: servers
    // before 1.21 send no bookmarks until a watch ends.
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(3);

    private readonly WatchSession _session = new(random);
    private bool _reported;

    /// <summary>Ends when cancelled, and nothing else ends it unless asked for.</summary>
    /// <param name="endsWhenAbsent">Ends also when the server does not know the collection (404): it may have it in another version.</param>
    public async Task RunAsync(CancellationToken cancellation, bool endsWhenAbsent = false)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                switch (_session.Step)
                {
                    case WatchStep.List:
                        await ListAsync(cancellation);
                        break;
                    case WatchStep.Watch:
                        await WatchAsync(cancellation);
                        break;
                    default:
                        await Task.Delay(_session.Delay, time, cancellation);
                        _session.Waited();
                        break;
                }
            }
            catch (ApiException e)
            {
                _session.OnRefused(e.Status);
                // An old version is not worth a word: the list that follows mends it.
                if (!e.Status.IsGone)
                {
                    Report(e.Message);
                }

                if (endsWhenAbsent && e.Status.Code == 404)
                {
                    return;
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
                when (e is HttpRequestException or IOException or OperationCanceledException or JsonException or KubeConfigException)
            {
                _session.OnBroken();
                Report($"{resource}: {(e is OperationCanceledException ? "the server said nothing for too long" : e.Message)}");
            }
        }
    }

    private async Task ListAsync(CancellationToken cancellation)
    {
        var page = await client.ListAsync(resource, ns, options, _session.Continuation, cancellation);
        if (_session.OnPage(page) is { } all)
        {
            observer.Replace(all);
            Report(null);
        }
    }

    private async Task WatchAsync(CancellationToken cancellation)
    {
        var length = ShortestWatch * (1 + random.NextDouble());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var late = time.CreateTimer(
            static cts => ((CancellationTokenSource)cts!).Cancel(),
            limit,
            length + Grace,
            Timeout.InfiniteTimeSpan
        );
        using var silent = time.CreateTimer(
            static cts => ((CancellationTokenSource)cts!).Cancel(),
            limit,
            Silence,
            Timeout.InfiniteTimeSpan
        );
        await using var watch = await client.WatchAsync(resource, ns, options, _session.ResourceVersion, length, limit.Token);
        try
        {
            await FollowAsync(watch, () => silent.Change(Silence, Timeout.InfiniteTimeSpan), limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Whether the server is still there shows when it is asked again.
            _session.OnEnd(sawEvents: true);
        }
    }

    private async Task FollowAsync(WatchStream watch, Action heard, CancellationToken cancellation)
    {
        var sawEvents = false;
        await foreach (var seen in watch.ReadAsync(cancellation))
        {
            heard();
            var changes = _session.OnEvent(seen);
            if (_session.Step != WatchStep.Watch)
            {
                if (seen.Error is { IsGone: false } error)
                {
                    Report($"{resource}: {error}");
                }

                return;
            }

            sawEvents = true;
            Report(null);
            if (!changes)
            {
                continue;
            }

            if (seen.Kind == WatchEventKind.Deleted)
            {
                observer.Remove(seen.Object!);
            }
            else
            {
                observer.Apply(seen.Object!);
            }
        }

        _session.OnEnd(sawEvents);
    }

    private void Report(string? problem)
    {
        if (problem is not null || _reported)
        {
            observer.Report(problem);
        }

        _reported = problem is not null;
    }
}
