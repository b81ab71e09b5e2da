namespace Mesh.Config.Specs;

/// <summary>An error for a share of the requests.</summary>
public sealed record FaultAbortSpec
{
    /// <summary>HTTP status; exclusive with GrpcStatus.</summary>
    public int? HttpStatus { get; init; }

    /// <summary>gRPC status name such as `UNAVAILABLE`, or its number.</summary>
    public string? GrpcStatus { get; init; }

    /// <summary>Share of requests in per cent, 0 to 100; absent means none.</summary>
    public double? Percentage { get; init; }
}
