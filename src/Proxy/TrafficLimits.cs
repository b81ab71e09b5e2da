namespace Mesh.Proxy;

/// <summary>How much of its time and memory one client may take on the traffic ports.</summary>
internal sealed record TrafficLimits
{
    public static TrafficLimits Default { get; } = new();

    /// <summary>
    /// A request in which nothing moves for so long is given up: 408 while the client's part is missing, else 504, flag SI (Envoy,
    /// stream_idle_timeout). A response of unknown length that has begun and that the client takes may rest, as server-sent events and gRPC
    /// streams do. Default 5 min as Envoy; 0 s is no limit.
    /// </summary>
    public TimeSpan StreamIdleTimeout { get; init; } = TimeSpan.FromMinutes(5);
}
