using System.Buffers.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http;

/// <summary>How long a request may take, and what its endpoint is told of that and of tries before.</summary>
internal sealed partial class RequestSession
{
    // Timers of .NET go no further, and nobody waits so long for an answer.
    private static readonly TimeSpan LongestDeadline = TimeSpan.FromDays(30);

    private bool _clientsDeadline;
    private bool _tellsDeadline;
    private long _firstAttemptTicks;

    // Envoy (FilterUtility::finalTimeout): a gRPC call brings its own time, which the route caps.
    private TimeSpan LimitOf(RuleAction.Forward forward)
    {
        if (forward.MaxGrpcTimeout is not { } most || !Head.IsGrpc)
        {
            return forward.Timeout;
        }

        _tellsDeadline = true;
        var asked = ClientsDeadline();
        if (most > TimeSpan.Zero && (asked <= TimeSpan.Zero || asked > most))
        {
            return most;
        }

        _clientsDeadline = asked > TimeSpan.Zero && asked <= LongestDeadline;
        return _clientsDeadline ? asked : TimeSpan.Zero;
    }

    // Zero where the client sets none.
    private TimeSpan ClientsDeadline() =>
        Head.TryGet(KnownHeader.GrpcTimeout, out var written) && GrpcTimeout.TryParse(written, out var asked) ? asked : TimeSpan.Zero;

    /// <summary>A call whose own time was up ends as it would have ended at the client; the route's time is this proxy's own affair.</summary>
    private Failure AsClientSees(Failure failure) =>
        failure == Failure.RequestTimeout && _clientsDeadline ? Failure.DeadlineExceeded : failure;

    // Envoy (setTimeoutHeaders, include_request_attempt_count). The count is left out of first tries, which cost nothing so.
    private void TellUpstream()
    {
        if (Record.Attempts == 1)
        {
            _firstAttemptTicks = Record.AttemptTicks;
        }
        else if (!Target.Inbound)
        {
            Span<byte> count = stackalloc byte[11];
            Utf8Formatter.TryFormat(Record.Attempts, count, out var digits);
            Put("x-envoy-attempt-count"u8, count[..digits]);
        }

        if (
            _tellsDeadline
            && TimeLeft() is { Ticks: > 0 } left
            && (ClientsDeadline() is var asked && (asked <= TimeSpan.Zero || left < asked))
        )
        {
            Span<byte> text = stackalloc byte[GrpcTimeout.MaxLength];
            Put("grpc-timeout"u8, text[..GrpcTimeout.Write(left, text)]);
        }
    }

    // For all that is left of the request; zero is no limit. Envoy tells the time of a try where that is shorter: then a server that keeps to it answers
    // DEADLINE_EXCEEDED just as the next try would begin.
    private TimeSpan TimeLeft()
    {
        if (Timeout <= TimeSpan.Zero)
        {
            return TimeSpan.Zero;
        }

        var left = Timeout - time.GetElapsedTime(_firstAttemptTicks, Record.AttemptTicks);
        // Zero would be for ever.
        return left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);
    }

    private void Put(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Head.RemoveHeaders(name);
        // A head that has no room for it goes without.
        Head.AddHeader(name, value);
    }

    private void EndDeadline() => (_clientsDeadline, _tellsDeadline, _firstAttemptTicks) = (false, false, 0);
}
