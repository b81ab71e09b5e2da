using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>When endpoints are ejected from balancing.</summary>
public sealed record OutlierDetectionSpec
{
    /// <summary>5xx answers in a row; absent means 5, 0 switches it off.</summary>
    public int? Consecutive5xxErrors { get; init; }

    /// <summary>502, 503, 504 in a row; absent or 0 means off.</summary>
    public int? ConsecutiveGatewayErrors { get; init; }

    /// <summary>Local failures in a row, when split; absent means 5.</summary>
    public int? ConsecutiveLocalOriginFailures { get; init; }

    /// <summary>Counts local failures apart.</summary>
    public bool SplitExternalLocalOriginErrors { get; init; }

    /// <summary>Time between sweeps; absent means 10 s.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Ejection time, multiplied by the count of ejections; absent means 30 s.</summary>
    public TimeSpan? BaseEjectionTime { get; init; }

    /// <summary>Most endpoints ejected in per cent, 0 to 100; absent means 10.</summary>
    public int? MaxEjectionPercent { get; init; }

    /// <summary>Below this share of healthy endpoints detection is off; absent means 0.</summary>
    public int? MinHealthPercent { get; init; }

    /// <summary>Status codes that count as errors; empty means 5xx.</summary>
    public ImmutableArray<int> OutlierDetectionHttpErrorCodes { get; init; } = [];
}
