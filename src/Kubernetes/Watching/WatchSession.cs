namespace Mesh.Kubernetes.Watching;

/// <summary>
/// Decides how a copy of a collection follows it: list, then watch behind the list's version, again behind the last event or bookmark, and list
/// anew where the server no longer has that version. Failures are waited out, longer each time. No I/O, no clock.
/// </summary>
/// <param name="random">Spreads the waits of many watchers over time.</param>
internal sealed class WatchSession(Random random)
{
    /// <summary>The first wait after a failure.</summary>
    public static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait.</summary>
    public static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly List<KubernetesObject> _listing = [];
    private TimeSpan _next = FirstDelay;
    private WatchStep _afterWait = WatchStep.List;

    public WatchStep Step { get; private set; } = WatchStep.List;

    /// <summary>Of the page to ask for; null for the first.</summary>
    public string? Continuation { get; private set; }

    public string ResourceVersion { get; private set; } = "";

    public TimeSpan Delay { get; private set; }

    /// <summary>A page came. The whole list, once it was the last.</summary>
    public IReadOnlyList<KubernetesObject>? OnPage(ListPage page)
    {
        _listing.AddRange(page.Items);
        Continuation = page.Continuation;
        if (Continuation is not null)
        {
            return null;
        }

        KubernetesObject[] all = [.. _listing];
        _listing.Clear();
        ResourceVersion = page.ResourceVersion;
        Step = WatchStep.Watch;
        _next = FirstDelay;
        return all;
    }

    /// <summary>An event came. True where it changes the copy.</summary>
    public bool OnEvent(WatchEvent seen)
    {
        if (seen.Kind == WatchEventKind.Error)
        {
            OnRefused(seen.Error!);
            return false;
        }

        ResourceVersion = seen.ResourceVersion;
        _next = FirstDelay;
        return seen.Kind != WatchEventKind.Bookmark;
    }

    /// <summary>The watch ended in order, as they all do after a while.</summary>
    /// <param name="sawEvents">A server that ends every watch at once must not be asked in a loop.</param>
    public void OnEnd(bool sawEvents)
    {
        if (Step == WatchStep.Watch && !sawEvents)
        {
            WaitThen(WatchStep.Watch, null);
        }
    }

    /// <summary>The connection broke or could not be made; what was known is still good.</summary>
    public void OnBroken() => WaitThen(Step == WatchStep.Watch ? WatchStep.Watch : WatchStep.List, null);

    /// <summary>The server refused, in an answer or in an event.</summary>
    public void OnRefused(ApiStatus status)
    {
        if (status.IsGone)
        {
            // At once the first time: there is nothing to wait for but a fresh list.
            RestartList();
            Step = WatchStep.List;
            if (_next > FirstDelay)
            {
                WaitThen(WatchStep.List, null);
            }

            _next = Longer(_next);
            return;
        }

        // Not at once seldom: a server that has just started forbids everything for a moment, until it knows its roles.
        WaitThen(Step == WatchStep.Watch && status.IsTransient ? WatchStep.Watch : WatchStep.List, status.RetryAfter);
    }

    /// <summary>After <see cref="WatchStep.Wait"/>.</summary>
    public void Waited() => Step = _afterWait;

    private void WaitThen(WatchStep step, TimeSpan? atLeast)
    {
        if (step == WatchStep.List)
        {
            RestartList();
        }

        var jittered = _next * (0.5 + (random.NextDouble() / 2));
        Delay = atLeast > jittered ? atLeast.Value : jittered;
        _next = Longer(_next);
        _afterWait = step;
        Step = WatchStep.Wait;
    }

    // A list must be of one moment: pages of an earlier attempt do not fit the next.
    private void RestartList()
    {
        _listing.Clear();
        Continuation = null;
    }

    private static TimeSpan Longer(TimeSpan delay) => delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
}
