namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>
/// What outlier detection remembers about one endpoint. Attempts count here without a lock; everything else is written under the
/// cluster's lock only, and read by anybody.
/// </summary>
internal sealed class EjectionState
{
    // One addition counts a request and its success together, so that a sweep never sees the one without the other.
    private const long OneFailure = 1L << 32;
    private const long OneSuccess = OneFailure + 1;

    private volatile bool _ejected;
    private int _stage;
    private int _errors;
    private int _gatewayErrors;
    private int _localErrors;
    private long _answers;
    private long _connects;

    /// <summary>Not to be picked, unless the cluster panics. One volatile read.</summary>
    public bool IsEjected => _ejected;

    public ProbeStage Stage => (ProbeStage)Volatile.Read(ref _stage);

    /// <summary>Ejections so far.</summary>
    public int Ejections { get; private set; }

    /// <summary>Ejections that were not long ago; each healthy interval takes one away.</summary>
    public int Multiplier { get; private set; }

    /// <summary>When the present or last ejection began.</summary>
    public TimeSpan EjectedAt { get; private set; }

    /// <summary>What is added to the present ejection.</summary>
    public TimeSpan Jitter { get; private set; }

    /// <summary>Null where it was never ejected.</summary>
    public TimeSpan? ReturnedAt { get; private set; }

    /// <summary>Of the last interval, in per cent; -1 where there were too few requests.</summary>
    public double SuccessRate { get; set; } = -1;

    /// <summary>The same of connections, where those are counted apart.</summary>
    public double LocalOriginSuccessRate { get; set; } = -1;

    /// <summary>Successes of probes in a row.</summary>
    public int ProbeSuccesses { get; set; }

    /// <summary>When the present probe was sent, so that one which never ends does not keep the endpoint out.</summary>
    public TimeSpan ProbedAt { get; set; }

    /// <summary>Until when a log line has said that it should be, and may not be, ejected.</summary>
    public TimeSpan SpareSaidUntil { get; set; }

    /// <summary>Counts one attempt and tells which limits it reached. Takes no lock, allocates nothing.</summary>
    public ConsecutiveErrors Count(OutlierPolicy policy, AttemptOutcome outcome)
    {
        if (outcome.End == AttemptEnd.Unknown)
        {
            return ConsecutiveErrors.None;
        }

        if (outcome.End == AttemptEnd.Answered)
        {
            if (policy.SplitLocalOrigin)
            {
                // Who answers was reached.
                CountConnect(policy, failed: false);
            }

            return CountAnswer(policy, outcome.StatusCode, policy.ErrorCodes.Contains(outcome.StatusCode));
        }

        if (policy.SplitLocalOrigin)
        {
            return CountConnect(policy, failed: outcome.IsLocalFailure);
        }

        // Envoy (outlier_detection_impl.cc, resultToHttpCode): what is not counted apart counts as the answer a client would get.
        return outcome.End switch
        {
            AttemptEnd.Connected => CountAnswer(policy, 200, error: false),
            AttemptEnd.TimedOut => CountAnswer(policy, 504, error: true),
            _ => CountAnswer(policy, 503, error: true),
        };
    }

    /// <summary>Whether a count is still at its limit: another thread's report may have been first.</summary>
    public bool IsReached(OutlierPolicy policy, Detector detector) =>
        detector switch
        {
            Detector.ConsecutiveGatewayErrors => policy.Gateway.IsReached(Volatile.Read(ref _gatewayErrors)),
            Detector.Consecutive5xx => policy.Any5xx.IsReached(Volatile.Read(ref _errors)),
            _ => policy.LocalOrigin.IsReached(Volatile.Read(ref _localErrors)),
        };

    public void Forget(Detector detector)
    {
        switch (detector)
        {
            case Detector.ConsecutiveGatewayErrors:
                Clear(ref _gatewayErrors);
                break;
            case Detector.Consecutive5xx:
                Clear(ref _errors);
                break;
            default:
                Clear(ref _localErrors);
                break;
        }
    }

    /// <summary>Answers since the last call.</summary>
    public IntervalCount TakeAnswers() => IntervalCount.Of(Interlocked.Exchange(ref _answers, 0));

    /// <summary>Connections since the last call, where those are counted apart.</summary>
    public IntervalCount TakeConnects() => IntervalCount.Of(Interlocked.Exchange(ref _connects, 0));

    public void Eject(TimeSpan now, int multiplier, TimeSpan jitter)
    {
        Ejections++;
        Multiplier = multiplier;
        EjectedAt = now;
        Jitter = jitter;
        SetStage(ProbeStage.None);
        _ejected = true;
    }

    /// <summary>Errors of before count no more: a few new ones would otherwise eject it again.</summary>
    public void Return(TimeSpan now)
    {
        Clear(ref _errors);
        Clear(ref _gatewayErrors);
        Clear(ref _localErrors);
        ReturnedAt = now;
        SetStage(ProbeStage.None);
        _ejected = false;
    }

    /// <summary>Until the end of the present ejection, from which the next sweep returns it; 0 where there is none.</summary>
    public TimeSpan TimeLeft(OutlierPolicy policy, TimeSpan now)
    {
        var left = EjectedAt + policy.EjectionTime(Multiplier) + Jitter - now;
        return IsEjected && left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>One healthy interval.</summary>
    public void Recover() => Multiplier = Math.Max(0, Multiplier - 1);

    public void SetStage(ProbeStage stage) => Volatile.Write(ref _stage, (int)stage);

    private ConsecutiveErrors CountAnswer(OutlierPolicy policy, int statusCode, bool error)
    {
        Interlocked.Add(ref _answers, error ? OneFailure : OneSuccess);
        if (!error)
        {
            Clear(ref _errors);
            Clear(ref _gatewayErrors);
            return ConsecutiveErrors.None;
        }

        var reached = ConsecutiveErrors.None;
        if (statusCode is not (502 or 503 or 504))
        {
            Clear(ref _gatewayErrors);
        }
        else if (policy.Gateway.IsReached(Interlocked.Increment(ref _gatewayErrors)))
        {
            reached = ConsecutiveErrors.Gateway;
        }

        return policy.Any5xx.IsReached(Interlocked.Increment(ref _errors)) ? reached | ConsecutiveErrors.Any5xx : reached;
    }

    private ConsecutiveErrors CountConnect(OutlierPolicy policy, bool failed)
    {
        Interlocked.Add(ref _connects, failed ? OneFailure : OneSuccess);
        if (!failed)
        {
            Clear(ref _localErrors);
            return ConsecutiveErrors.None;
        }

        return policy.LocalOrigin.IsReached(Interlocked.Increment(ref _localErrors))
            ? ConsecutiveErrors.LocalOrigin
            : ConsecutiveErrors.None;
    }

    // Most attempts succeed after successes: reading keeps the line shared between cores.
    private static void Clear(ref int count)
    {
        if (Volatile.Read(ref count) != 0)
        {
            Volatile.Write(ref count, 0);
        }
    }
}
