namespace Mesh.Grpc;

/// <summary>What one call may set for itself.</summary>
public sealed record GrpcCallOptions
{
    /// <summary>When the call ends with DEADLINE_EXCEEDED, on both sides; default null, never.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>Metadata sent with the request; default none.</summary>
    public GrpcMetadata? Headers { get; init; }

    /// <summary>Ends the call with CANCELLED and resets its stream.</summary>
    public CancellationToken CancellationToken { get; init; }
}
