namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>What outlier detection remembers about one cluster, and where attempts report their end.</summary>
/// <param name="random">Null for the shared one.</param>
internal sealed class OutlierState(Random? random = null)
{
    // Taken for decisions, which are rare: never by a report that reaches no limit.
    private readonly Lock _gate = new();
    private OutlierController? _controller;
    private volatile OutlierScope? _scope;
    private volatile IOutlierObserver? _observer;
    private int _generation;
    private int _ejected;
    private int _probesDue;

    /// <summary>Rises after each ejection and each return; compare it to find out whether healthy endpoints have changed.</summary>
    public int Generation => Volatile.Read(ref _generation);

    /// <summary>The flags of endpoints have changed: balancers look at them again.</summary>
    public void HealthChanged() => Interlocked.Increment(ref _generation);

    /// <summary>Endpoints that are ejected now.</summary>
    public int Ejected => Volatile.Read(ref _ejected);

    /// <summary>Null where nothing is detected.</summary>
    public OutlierScope? Scope => _scope;

    /// <summary>Success rates of the last sweep: of answers, and of connections where those are counted apart.</summary>
    public (SuccessRateBounds Answers, SuccessRateBounds Connects) Rates =>
        Volatile.Read(ref _controller) is { } controller
            ? (controller.Answers, controller.Connects)
            : (SuccessRateBounds.None, SuccessRateBounds.None);

    /// <summary>To be called once at each attempt's end. Takes no lock and allocates nothing, unless something is to be decided.</summary>
    public void Report(Endpoint endpoint, AttemptOutcome outcome)
    {
        if (_scope is not { } scope)
        {
            return;
        }

        var ejection = endpoint.State.Ejection;
        var reached = ejection.Count(scope.Policy, outcome);
        if (ejection.IsEjected)
        {
            if (ejection.Stage == ProbeStage.Sent)
            {
                ProbeEnded(endpoint, outcome);
            }
        }
        else if (reached != ConsecutiveErrors.None)
        {
            Detected(endpoint, reached);
        }
    }

    /// <summary>
    /// The endpoint whose ejection time is over and that a request has to try before it returns; null mostly. Ask before each pick of a
    /// balancer: who gets an endpoint has to send its attempt there, and to <see cref="Report"/> how it ended.
    /// </summary>
    public Endpoint? TakeProbe() => Volatile.Read(ref _probesDue) == 0 ? null : ClaimProbe();

    /// <summary>From now on this policy and these endpoints; null ends detection and returns everybody.</summary>
    public void Adopt(OutlierScope? scope, IOutlierObserver observer)
    {
        _observer = observer;
        Decide((controller, now, decisions) => controller.Adopt(scope, now, decisions));
    }

    /// <summary>To be called once an interval.</summary>
    public void Sweep() => Decide(static (controller, now, decisions) => controller.Sweep(now, decisions));

    // Closures are made at a method's entry, so they must not be in the methods that every request calls.
    private void Detected(Endpoint endpoint, ConsecutiveErrors reached) =>
        Decide((controller, now, decisions) => controller.Detected(endpoint, reached, now, decisions));

    private void ProbeEnded(Endpoint endpoint, AttemptOutcome outcome) =>
        Decide((controller, now, decisions) => controller.ProbeEnded(endpoint, outcome, now, decisions));

    private Endpoint? ClaimProbe()
    {
        Endpoint? taken = null;
        Decide((controller, now, _) => taken = controller.TakeProbe(now));
        return taken;
    }

    private void Decide(Action<OutlierController, TimeSpan, List<OutlierDecision>> decide)
    {
        if (_observer is not { } observer)
        {
            return;
        }

        var decisions = new List<OutlierDecision>();
        OutlierScope? scope;
        lock (_gate)
        {
            var controller = _controller ??= new(random ?? Random.Shared);
            // Of the ended detection, where this ends it.
            scope = controller.Scope;
            decide(controller, observer.Now, decisions);
            scope = controller.Scope ?? scope;
            _scope = controller.Scope;
            Volatile.Write(ref _ejected, controller.Ejected);
            Volatile.Write(ref _probesDue, controller.ProbesDue);
            // After the flags of the endpoints, or who compares it would keep the old ones.
            if (decisions.Exists(static d => d.Kind is DecisionKind.Ejected or DecisionKind.Returned))
            {
                HealthChanged();
            }
        }

        if (scope is not null && decisions.Count > 0)
        {
            observer.Decided(this, scope, decisions);
        }
    }
}
