using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// Says which policy refused, would have refused or has noted what, in a line of the proxy's own log. A policy that does so often has one line
/// in a while, with how many there were: the access log has them all.
/// </summary>
internal sealed partial class AccessDecisionLog(TimeProvider time, ILogger<AccessDecisionLog> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    // Names come from the configuration, not from clients.
    private readonly ConcurrentDictionary<(string Verb, string Policy), State> _states = new();

    public void Add(RequestRecord record)
    {
        var found = record.Access;
        Say("refused", found.Denied, record);
        Say("would refuse (dry run)", found.DryRunDenied, record);
        Say("audited", found.Audited, record);
    }

    private void Say(string verb, string? policy, RequestRecord record)
    {
        if (policy is null || !logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        var state = _states.GetOrAdd((verb, policy), static _ => new State());
        long more;
        lock (state)
        {
            var now = time.GetTimestamp();
            if (state.Spoken && time.GetElapsedTime(state.SpokeAt, now) < Pause)
            {
                state.Silent++;
                return;
            }

            more = state.Silent;
            (state.Spoken, state.SpokeAt, state.Silent) = (true, now, 0);
        }

        Decided(
            policy,
            verb,
            record.Head is { } head ? $"{Encoding.Latin1.GetString(head.Method)} {Encoding.Latin1.GetString(head.Path)}" : "a connection",
            record.DownstreamRemote?.ToString() ?? "unknown",
            record.DownstreamLocal?.Port ?? 0,
            more
        );
    }

    [LoggerMessage(
        LogLevel.Information,
        "Policy {Policy} {Verb} {What} from {Source} to port {Port}; {More} more since the last such line"
    )]
    private partial void Decided(string policy, string verb, string what, string source, int port, long more);

    private sealed class State
    {
        public bool Spoken { get; set; }

        public long SpokeAt { get; set; }

        public long Silent { get; set; }
    }
}
