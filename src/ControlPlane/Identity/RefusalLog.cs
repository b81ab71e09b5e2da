using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Identity;

/// <summary>
/// Says who was refused and why, once in <see cref="Period"/> for the same caller and reason, with how often it happened meanwhile: who tries again and
/// again fills no log, and hides nobody else. Bounded.
/// </summary>
internal sealed partial class RefusalLog(TimeProvider time, ILogger<RefusalLog> logger)
{
    /// <summary>Between two lines about the same.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    // Beyond so many callers and reasons at once there is one line for all others.
    private const int Most = 200;

    private static readonly (string Caller, string Reason) Others = ("", "");

    private readonly Lock gate = new();
    private readonly Dictionary<(string Caller, string Reason), Entry> entries = [];

    /// <param name="peer">Address and port; the port does not tell callers apart.</param>
    /// <param name="reason">Without anything that differs between two refusals of the same kind.</param>
    /// <param name="line">What is said.</param>
    public void Add(string peer, string reason, string line)
    {
        var colon = peer.LastIndexOf(':');
        var key = (colon < 0 ? peer : peer[..colon], reason);
        var now = time.GetTimestamp();
        lock (gate)
        {
            if (entries.Count >= Most && !entries.ContainsKey(key))
            {
                key = Others;
            }

            if (entries.TryGetValue(key, out var entry))
            {
                entries[key] = entry with { Line = line, Unsaid = entry.Unsaid + 1 };
                return;
            }

            entries.Add(key, new(now, line, 0));
        }

        LogRefused(logger, line);
    }

    /// <summary>To be called now and then: says what was held back, and forgets who has given up.</summary>
    public void Sweep()
    {
        List<Entry> due = [];
        lock (gate)
        {
            foreach (var (key, entry) in entries)
            {
                if (time.GetElapsedTime(entry.SaidAt) < Period)
                {
                    continue;
                }

                if (entry.Unsaid == 0)
                {
                    entries.Remove(key);
                    continue;
                }

                due.Add(entry);
                entries[key] = entry with { SaidAt = time.GetTimestamp(), Unsaid = 0 };
            }
        }

        foreach (var entry in due)
        {
            LogRefusedAgain(logger, entry.Line, entry.Unsaid, (int)Period.TotalSeconds);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Line}")]
    private static partial void LogRefused(ILogger logger, string line);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Line} (the last of {Count} more in {Seconds} s)")]
    private static partial void LogRefusedAgain(ILogger logger, string line, int count, int seconds);

    private readonly record struct Entry(long SaidAt, string Line, int Unsaid);
}
