using Mesh.Startup;

namespace Mesh.Proxy;

/// <summary>The command-line side of <see cref="TrafficLimits"/>.</summary>
internal sealed class TrafficLimitSettings(OptionSet set)
{
    private readonly Setting<TimeSpan> _streamIdle = set.Optional(
        "--stream-idle-timeout",
        "DURATION",
        "Gives up a request in which nothing moves for so long; 0s for never. Streaming answers that the client takes may rest.",
        "5m",
        OptionParsers.Duration
    );

    /// <summary>After the set has been read.</summary>
    public TrafficLimits Value => new() { StreamIdleTimeout = _streamIdle.Value };
}
