namespace Mesh.Config.Specs;

/// <summary>
/// Of two endpoints the one that is expected to answer first gets the request, by a moving average of its latency and what it has in hand.
/// Holds for policies of the rule that choose no other balancer than LEAST_REQUEST.
/// </summary>
public sealed record LatencyAwareSpec
{
    /// <summary>Time in which a measured latency loses most (63 %) of its part in the average, above zero; absent means 10 s.</summary>
    public TimeSpan? Decay { get; init; }
}
