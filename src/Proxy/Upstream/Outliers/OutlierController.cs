namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>
/// Decides who is ejected and who returns, for one cluster. Pure: the time is handed in, decisions are handed out; its caller holds the
/// cluster's lock.
/// </summary>
/// <remarks>
/// As Envoy's detector (outlier_detection_impl.cc), except that endpoints return early where fewer may be ejected than are, that one probe may
/// have to succeed first, and that <see cref="OutlierPolicy.Allows"/> always counts the endpoint in question.
/// </remarks>
/// <param name="random">For detectors that are not always enforced, and jitter.</param>
internal sealed partial class OutlierController(Random random)
{
    public OutlierScope? Scope { get; private set; }

    /// <summary>Endpoints that are ejected now.</summary>
    public int Ejected { get; private set; }

    /// <summary>Endpoints that the next requests have to try.</summary>
    public int ProbesDue { get; private set; }

    /// <summary>Of the last sweep, for the pages.</summary>
    public SuccessRateBounds Answers { get; private set; } = SuccessRateBounds.None;

    /// <summary>The same of connections.</summary>
    public SuccessRateBounds Connects { get; private set; } = SuccessRateBounds.None;

    /// <summary>From now on these endpoints and this policy; what is ejected stays so, unless too many are. Null ends detection.</summary>
    public void Adopt(OutlierScope? scope, TimeSpan now, List<OutlierDecision> decisions)
    {
        var previous = Scope;
        Scope = scope ?? previous;
        Recount();
        if (scope is null)
        {
            ReturnWhile(static (_, ejected) => ejected > 0, ReturnReason.SwitchedOff, now, decisions);
            Scope = null;
            (Answers, Connects) = (SuccessRateBounds.None, SuccessRateBounds.None);
            return;
        }

        ReturnWhile(
            static (scope, ejected) => !scope.Policy.IsShareAllowed(ejected, scope.Endpoints.Length),
            ReturnReason.ShareFell,
            now,
            decisions
        );
    }

    /// <summary>Counts of an endpoint have reached their limits.</summary>
    public void Detected(Endpoint endpoint, ConsecutiveErrors reached, TimeSpan now, List<OutlierDecision> decisions)
    {
        if (!IsMember(endpoint))
        {
            return;
        }

        Check(ConsecutiveErrors.Gateway, Detector.ConsecutiveGatewayErrors, Scope!.Policy.Gateway);
        Check(ConsecutiveErrors.Any5xx, Detector.Consecutive5xx, Scope.Policy.Any5xx);
        Check(ConsecutiveErrors.LocalOrigin, Detector.ConsecutiveLocalOriginFailures, Scope.Policy.LocalOrigin);

        void Check(ConsecutiveErrors flag, Detector detector, ConsecutiveRule rule)
        {
            var ejection = endpoint.State.Ejection;
            if (!reached.HasFlag(flag) || ejection.IsEjected || !ejection.IsReached(Scope.Policy, detector))
            {
                return;
            }

            Consider(endpoint, detector, rule.Errors, rule.Errors, now, decisions);
            // Spared, it is found again after as many errors.
            ejection.Forget(detector);
        }
    }

    /// <summary>Claims an endpoint for one request to try.</summary>
    public Endpoint? TakeProbe(TimeSpan now)
    {
        foreach (var endpoint in Scope?.Endpoints ?? [])
        {
            var ejection = endpoint.State.Ejection;
            if (ejection.Stage == ProbeStage.Due && endpoint.Health != EndpointHealth.Unhealthy)
            {
                ejection.SetStage(ProbeStage.Sent);
                ejection.ProbedAt = now;
                ProbesDue--;
                return endpoint;
            }
        }

        return null;
    }

    /// <summary>A request that tried an endpoint ended. One that says nothing about the endpoint leaves it to the next.</summary>
    public void ProbeEnded(Endpoint endpoint, AttemptOutcome outcome, TimeSpan now, List<OutlierDecision> decisions)
    {
        var ejection = endpoint.State.Ejection;
        if (ejection.Stage != ProbeStage.Sent || !IsMember(endpoint))
        {
            return;
        }

        if (outcome.End == AttemptEnd.Unknown)
        {
            Due(ejection);
        }
        else if (outcome.IsLocalFailure || (outcome.End == AttemptEnd.Answered && Scope!.Policy.ErrorCodes.Contains(outcome.StatusCode)))
        {
            Eject(endpoint, Detector.HalfOpenProbe, ejection.ProbeSuccesses, Scope!.Policy.Probe?.Successes ?? 1, now, decisions);
        }
        else if (++ejection.ProbeSuccesses >= (Scope!.Policy.Probe?.Successes ?? 1))
        {
            Return(endpoint, ReturnReason.ProbeSucceeded, now, decisions);
        }
        else
        {
            Due(ejection);
        }
    }

    private void Consider(Endpoint endpoint, Detector detector, double value, double limit, TimeSpan now, List<OutlierDecision> decisions)
    {
        var policy = Scope!.Policy;
        var ejection = endpoint.State.Ejection;
        var enforcing = policy.Enforcing(detector);
        if (ejection.IsEjected)
        {
            return;
        }

        var allowed = policy.Allows(Ejected, Scope.Endpoints.Length);
        if (allowed && (enforcing >= 100 || (enforcing > 0 && random.Next(100) < enforcing)))
        {
            Eject(endpoint, detector, value, limit, now, decisions);
            return;
        }

        var said = now < ejection.SpareSaidUntil;
        if (!said && enforcing > 0)
        {
            ejection.SpareSaidUntil = now + policy.Interval;
        }

        decisions.Add(
            Decision(allowed ? DecisionKind.NotEnforced : DecisionKind.Spared, endpoint) with
            {
                Detector = detector,
                Value = value,
                Limit = limit,
                // Nobody who switched a detector off wants to read about it.
                Quiet = said || enforcing == 0,
            }
        );
    }

    private void Eject(Endpoint endpoint, Detector detector, double value, double limit, TimeSpan now, List<OutlierDecision> decisions)
    {
        var policy = Scope!.Policy;
        var ejection = endpoint.State.Ejection;
        // Never much beyond the cap, or an endpoint that was bad for a day would take a day of decay to be trusted again.
        var capped =
            ejection.Multiplier * (double)policy.BaseEjectionTime.Ticks >= policy.MaxEjectionTime.Ticks + policy.BaseEjectionTime.Ticks;
        var jitter = new TimeSpan(random.NextInt64(policy.MaxEjectionTimeJitter.Ticks + 1));
        if (!ejection.IsEjected)
        {
            Ejected++;
        }

        ejection.Eject(now, capped ? ejection.Multiplier : ejection.Multiplier + 1, jitter);
        decisions.Add(
            Decision(DecisionKind.Ejected, endpoint) with
            {
                Detector = detector,
                Value = value,
                Limit = limit,
                Time = policy.EjectionTime(ejection.Multiplier) + jitter,
            }
        );
    }

    private void Return(Endpoint endpoint, ReturnReason reason, TimeSpan now, List<OutlierDecision> decisions)
    {
        var ejection = endpoint.State.Ejection;
        if (ejection.Stage == ProbeStage.Due)
        {
            ProbesDue--;
        }

        ejection.Return(now);
        Ejected--;
        decisions.Add(Decision(DecisionKind.Returned, endpoint) with { Reason = reason, Time = now - ejection.EjectedAt });
    }

    // Those that would return first.
    private void ReturnWhile(Func<OutlierScope, int, bool> holds, ReturnReason reason, TimeSpan now, List<OutlierDecision> decisions)
    {
        while (Scope is { } scope && holds(scope, Ejected))
        {
            var first = scope.Endpoints.Where(e => e.State.IsEjected).MinBy(e => e.State.Ejection.TimeLeft(scope.Policy, now));
            if (first is null)
            {
                return;
            }

            Return(first, reason, now, decisions);
        }
    }

    private void Due(EjectionState ejection)
    {
        ejection.SetStage(ProbeStage.Due);
        ProbesDue++;
    }

    private bool IsMember(Endpoint endpoint)
    {
        foreach (var member in Scope?.Endpoints ?? [])
        {
            if (ReferenceEquals(member.State, endpoint.State))
            {
                return true;
            }
        }

        return false;
    }

    private void Recount()
    {
        (Ejected, ProbesDue) = (0, 0);
        foreach (var endpoint in Scope?.Endpoints ?? [])
        {
            Ejected += endpoint.State.IsEjected ? 1 : 0;
            ProbesDue += endpoint.State.Ejection.Stage == ProbeStage.Due ? 1 : 0;
        }
    }

    private OutlierDecision Decision(DecisionKind kind, Endpoint endpoint) =>
        new()
        {
            Kind = kind,
            Endpoint = endpoint,
            Ejected = Ejected,
            Total = Scope!.Endpoints.Length,
        };
}
