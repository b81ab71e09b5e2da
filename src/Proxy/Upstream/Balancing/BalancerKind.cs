namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>How a cluster chooses among its endpoints.</summary>
internal enum BalancerKind : byte
{
    RoundRobin,
    LeastRequest,
    Random,

    /// <summary>By the request's hash, on a ring of points.</summary>
    RingHash,

    /// <summary>By the request's hash, in a table of equal parts.</summary>
    Maglev,

    /// <summary>The quicker of two, by a moving average of their latency and what they have in hand.</summary>
    PeakEwma,
}
