namespace Mesh.Config.Specs;

/// <summary>Ejects endpoints that fail too large a share of their requests.</summary>
public sealed record FailurePercentageSpec
{
    /// <summary>Failures in per cent, 1 to 100; absent means 85.</summary>
    public int? Threshold { get; init; }

    /// <summary>Endpoints with enough requests that it takes, at least 1; absent means 5.</summary>
    public int? MinimumHosts { get; init; }

    /// <summary>Requests to an endpoint within one interval that it takes, at least 1; absent means 50.</summary>
    public int? RequestVolume { get; init; }

    /// <summary>How often a detection ejects in per cent, 0 to 100; absent means 100.</summary>
    public int? Enforcing { get; init; }
}
