using System.Globalization;
using Mesh.Proxy.Http;
using Mesh.Startup;

namespace Mesh.Proxy;

/// <summary>The command-line side of <see cref="TrafficLimits"/>.</summary>
internal sealed class TrafficLimitSettings(OptionSet set)
{
    private readonly Setting<int> _headBytes = set.Optional(
        "--max-head-bytes",
        "BYTES",
        "Bytes of a request's or answer's head; 1024 to 196608.",
        "61440",
        Number(1024, TrafficDefaults.LargestHeadBytes)
    );

    private readonly Setting<int> _headers = set.Optional(
        "--max-headers",
        "COUNT",
        "Header lines of a head; 10 to 1000.",
        "100",
        Number(10, 1000)
    );

    private readonly Setting<int> _connections = set.Optional(
        "--max-connections",
        "COUNT",
        "Open connections of clients, both directions together; 0 for no limit. auto is 50000, or less where the limit of open files is low.",
        "auto",
        Connections
    );

    private readonly Setting<int> _streams = set.Optional(
        "--max-streams",
        "COUNT",
        "Streams of one HTTP/2 connection of a client; 1 to 100000.",
        "1024",
        Number(1, 100_000)
    );

    private readonly Setting<int> _controlFrames = set.Optional(
        "--max-control-frames",
        "COUNT",
        "HTTP/2 frames without a use that a client may send in ten seconds (PING, SETTINGS, PRIORITY, empty ones); 0 for no limit.",
        "1000",
        Number(0, int.MaxValue)
    );

    private readonly Setting<int> _earlyResets = set.Optional(
        "--max-early-resets",
        "COUNT",
        "Streams that an HTTP/2 client may reset right after opening them, unless they are less than half of all; 0 for no limit.",
        "500",
        Number(0, int.MaxValue)
    );

    private readonly Setting<TimeSpan> _requestHead = set.Optional(
        "--request-head-timeout",
        "DURATION",
        "How long a client may take from a head's first byte to its last; at least 1s.",
        "1m",
        AtLeastASecond
    );

    private readonly Setting<TimeSpan> _idle = set.Optional(
        "--idle-timeout",
        "DURATION",
        "Closes a client's connection without a request, or a tunnel in which nothing moves, after so long; at least 1s.",
        "1h",
        AtLeastASecond
    );

    private readonly Setting<TimeSpan> _streamIdle = set.Optional(
        "--stream-idle-timeout",
        "DURATION",
        "Gives up a request in which nothing moves for so long; 0s for never. Streaming answers that the client takes may rest.",
        "5m",
        OptionParsers.Duration
    );

    /// <summary>After the set has been read.</summary>
    public TrafficLimits Value =>
        new()
        {
            MaxHeadBytes = _headBytes.Value,
            MaxHeaders = _headers.Value,
            MaxConnections = _connections.Value,
            MaxStreams = _streams.Value,
            MaxControlFrames = _controlFrames.Value,
            MaxEarlyResets = _earlyResets.Value,
            RequestHeadTimeout = _requestHead.Value,
            IdleTimeout = _idle.Value,
            StreamIdleTimeout = _streamIdle.Value,
        };

    private static OptionParser<int> Number(int least, int most) =>
        (string text, out string? error) =>
        {
            var sound =
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;
            error = sound ? null : $"'{text}' is not a whole number from {least} to {most}";
            return number;
        };

    private static int Connections(string text, out string? error)
    {
        if (text == "auto")
        {
            error = null;
            return TrafficLimits.DefaultConnections;
        }

        var count = Number(0, int.MaxValue)(text, out error);
        error = error is null ? null : error + ", and not auto";
        return count;
    }

    private static TimeSpan AtLeastASecond(string text, out string? error)
    {
        var time = OptionParsers.Duration(text, out error);
        error ??= time < TimeSpan.FromSeconds(1) ? $"'{text}' is less than 1s" : null;
        return time;
    }
}
