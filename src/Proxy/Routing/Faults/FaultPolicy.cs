namespace Mesh.Proxy.Routing.Faults;

/// <summary>
/// The faults a rule injects, decided once a request. The two shares are independent, and a request may be delayed and then aborted (Envoy,
/// HTTP fault filter). Request headers named <c>x-envoy-fault-…</c> have no say: clients must not be able to ask for faults.
/// </summary>
internal sealed class FaultPolicy
{
    /// <summary>How long a request is held back; zero for not at all.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The share that is delayed.</summary>
    public Fraction Delayed { get; init; } = Fraction.None;

    /// <summary>Null where nothing is aborted.</summary>
    public FaultAbort? Abort { get; init; }

    /// <summary>The share that is aborted.</summary>
    public Fraction Aborted { get; init; } = Fraction.None;

    /// <summary>Asked by several threads at once.</summary>
    public Random Random { get; init; } = Random.Shared;

    public FaultDecision Decide() =>
        new(
            Delay > TimeSpan.Zero && Delayed.Takes(Random) ? Delay : TimeSpan.Zero,
            Abort is not null && Aborted.Takes(Random) ? Abort : null
        );
}
