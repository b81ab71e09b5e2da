namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>When endpoints of a cluster are ejected and for how long; defaults are Envoy's.</summary>
internal sealed record OutlierPolicy
{
    /// <summary>Answers that count as errors, in a row; local failures too unless they are counted apart.</summary>
    public ConsecutiveRule Any5xx { get; init; } = new(5);

    /// <summary>502, 503 and 504 in a row; by default they are only counted.</summary>
    public ConsecutiveRule Gateway { get; init; } = new(5, 0);

    /// <summary>Failures to connect, timeouts and resets in a row; has a meaning only with <see cref="SplitLocalOrigin"/>.</summary>
    public ConsecutiveRule LocalOrigin { get; init; } = new(5);

    /// <summary>Null where nothing is detected that way.</summary>
    public SuccessRateRule? SuccessRate { get; init; }

    /// <summary>Null where nothing is detected that way.</summary>
    public FailurePercentageRule? FailurePercentage { get; init; }

    /// <summary>Null where endpoints return by themselves.</summary>
    public HalfOpenProbe? Probe { get; init; }

    /// <summary>Counts failures to connect, timeouts and resets apart from answers.</summary>
    public bool SplitLocalOrigin { get; init; }

    /// <summary>Answers that count as errors.</summary>
    public StatusCodeSet ErrorCodes { get; init; } = StatusCodeSet.ServerErrors;

    /// <summary>Time between two sweeps: returns, statistics. 10 s by default.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Multiplied by the number of ejections that were not long ago. 30 s by default.</summary>
    public TimeSpan BaseEjectionTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>No ejection is longer, jitter apart. 300 s by default.</summary>
    public TimeSpan MaxEjectionTime { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>Up to this is added to each ejection, at random. 0 by default.</summary>
    public TimeSpan MaxEjectionTimeJitter { get; init; }

    /// <summary>Most endpoints ejected at a time, in per cent of all, the new one included. 10 by default.</summary>
    public int MaxEjectionPercent { get; init; } = 10;

    /// <summary>Lets the first endpoint be ejected whatever <see cref="MaxEjectionPercent"/> says.</summary>
    public bool AlwaysEjectOne { get; init; }

    /// <summary>Whether one more of <paramref name="total"/> may be ejected: the share is that after the ejection, so the last goes only with 100.</summary>
    public bool Allows(int ejected, int total) => IsShareAllowed(ejected + 1, total);

    /// <summary>Whether so many may be ejected together.</summary>
    public bool IsShareAllowed(int ejected, int total) =>
        ejected * 100L <= (long)total * MaxEjectionPercent || (AlwaysEjectOne && ejected <= 1);

    /// <summary>How long an ejection lasts that is the <paramref name="multiplier"/>th in a short time.</summary>
    public TimeSpan EjectionTime(int multiplier) =>
        multiplier * (double)BaseEjectionTime.Ticks >= MaxEjectionTime.Ticks ? MaxEjectionTime : BaseEjectionTime * multiplier;

    /// <summary>How often a detection ejects, in per cent.</summary>
    public int Enforcing(Detector detector) =>
        detector switch
        {
            Detector.Consecutive5xx => Any5xx.Enforcing,
            Detector.ConsecutiveGatewayErrors => Gateway.Enforcing,
            Detector.ConsecutiveLocalOriginFailures => LocalOrigin.Enforcing,
            Detector.SuccessRate => SuccessRate?.Enforcing ?? 0,
            Detector.LocalOriginSuccessRate => SuccessRate?.EnforcingLocalOrigin ?? 0,
            Detector.FailurePercentage => FailurePercentage?.Enforcing ?? 0,
            Detector.LocalOriginFailurePercentage => FailurePercentage?.EnforcingLocalOrigin ?? 0,
            _ => 100,
        };
}
