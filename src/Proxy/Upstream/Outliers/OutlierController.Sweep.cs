namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>What is decided once an interval.</summary>
internal sealed partial class OutlierController
{
    private readonly OutlierStatistics _statistics = new();

    /// <summary>To be called once an interval: returns, statistics, recovery.</summary>
    public void Sweep(TimeSpan now, List<OutlierDecision> decisions)
    {
        if (Scope is not { } scope)
        {
            return;
        }

        foreach (var endpoint in scope.Endpoints)
        {
            if (endpoint.State.IsEjected)
            {
                CheckReturn(endpoint, now, decisions);
            }
        }

        _statistics.Take(scope);
        Answers = Judge(scope, localOrigin: false, now, decisions);
        Connects = scope.Policy.SplitLocalOrigin ? Judge(scope, localOrigin: true, now, decisions) : SuccessRateBounds.None;
        foreach (var endpoint in scope.Endpoints)
        {
            var ejection = endpoint.State.Ejection;
            // Only after a whole interval of health.
            if (!ejection.IsEjected && now - ejection.ReturnedAt >= scope.Policy.Interval)
            {
                ejection.Recover();
            }
        }
    }

    private void CheckReturn(Endpoint endpoint, TimeSpan now, List<OutlierDecision> decisions)
    {
        var policy = Scope!.Policy;
        var ejection = endpoint.State.Ejection;
        var over = ejection.TimeLeft(policy, now) == TimeSpan.Zero;
        switch (ejection.Stage)
        {
            // Who is out for another reason too gets no requests of clients to prove anything with.
            case ProbeStage.None when over && policy.Probe is not null && endpoint.Health != EndpointHealth.Unhealthy:
                ejection.ProbeSuccesses = 0;
                Due(ejection);
                decisions.Add(Decision(DecisionKind.HalfOpen, endpoint) with { Time = now - ejection.EjectedAt });
                break;
            case ProbeStage.None when over:
            case ProbeStage.Due when policy.Probe is null || endpoint.Health == EndpointHealth.Unhealthy:
                Return(endpoint, ReturnReason.TimeOver, now, decisions);
                break;
            case ProbeStage.Sent when now - ejection.ProbedAt >= policy.BaseEjectionTime:
                // A long stream, or a request of a configuration that is gone: another may try.
                Due(ejection);
                break;
        }
    }

    private SuccessRateBounds Judge(OutlierScope scope, bool localOrigin, TimeSpan now, List<OutlierDecision> decisions)
    {
        var policy = scope.Policy;
        var bounds = SuccessRateBounds.None;
        if (policy.SuccessRate is { } rule && _statistics.Bounds(rule, localOrigin) is { } found)
        {
            bounds = found;
            var detector = localOrigin ? Detector.LocalOriginSuccessRate : Detector.SuccessRate;
            for (var i = 0; i < scope.Endpoints.Length; i++)
            {
                if (_statistics.RateOf(i, localOrigin, rule.RequestVolume) is { } rate && rate < bounds.Threshold)
                {
                    Consider(scope.Endpoints[i], detector, rate, bounds.Threshold, now, decisions);
                }
            }
        }

        if (policy.FailurePercentage is { } share && _statistics.CountOf(localOrigin, share.RequestVolume) >= share.MinimumHosts)
        {
            var detector = localOrigin ? Detector.LocalOriginFailurePercentage : Detector.FailurePercentage;
            for (var i = 0; i < scope.Endpoints.Length; i++)
            {
                if (_statistics.RateOf(i, localOrigin, share.RequestVolume) is { } rate && 100 - rate >= share.Threshold)
                {
                    Consider(scope.Endpoints[i], detector, 100 - rate, share.Threshold, now, decisions);
                }
            }
        }

        return bounds;
    }
}
