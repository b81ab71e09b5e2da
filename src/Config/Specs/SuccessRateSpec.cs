namespace Mesh.Config.Specs;

/// <summary>Ejects endpoints whose success rate is far below the mean of all.</summary>
public sealed record SuccessRateSpec
{
    /// <summary>Endpoints with enough requests that it takes, at least 1; absent means 5.</summary>
    public int? MinimumHosts { get; init; }

    /// <summary>Requests to an endpoint within one interval that it takes, at least 1; absent means 100.</summary>
    public int? RequestVolume { get; init; }

    /// <summary>Standard deviations below the mean, 0 to 100; absent means 1.9.</summary>
    public double? StdevFactor { get; init; }

    /// <summary>How often a detection ejects in per cent, 0 to 100; absent means 100.</summary>
    public int? Enforcing { get; init; }
}
