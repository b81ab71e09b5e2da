using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Outliers;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Http;

/// <summary>The attempts of a request: where each goes, and what its outcome means for the next.</summary>
internal sealed partial class RequestSession
{
    // An endpoint may have acted on the request, and once more would be once too often.
    private bool _mayHaveActed;

    /// <summary>
    /// The head of the endpoint's answer arrived. True: it goes to the client. False: it is dropped, and the next step follows after
    /// <see cref="EndAttempt"/>.
    /// </summary>
    /// <param name="grpcStatus">Of a trailers-only answer, -1 for others.</param>
    public bool TakeHead(int status, int grpcStatus, ResponseMarks marks = ResponseMarks.None)
    {
        if (Target.Inbound)
        {
            // Only another proxy's word counts, and an application is none.
            marks &= ~ResponseMarks.Repeatable;
        }

        Record.UpstreamHeadTicks = time.GetTimestamp();
        Cluster.Balancer.Answered(Endpoint, time.GetElapsedTime(Record.AttemptTicks, Record.UpstreamHeadTicks));
        _next = _attempts.OnHead(status, grpcStatus, marks, Replayable, Record.UpstreamHeadTicks);
        Record.OtherFlags |= _next.Flags;
        Record.StatusCode = status;
        Record.GrpcStatus = grpcStatus;
        Responded = !_next.Retry;
        // Before the client hears of it, so that what it does next finds the endpoint ejected (as Envoy, which counts at the head).
        if (status >= 500 && !Head.IsGrpc)
        {
            ReportOutcome(AttemptOutcome.Answered(status));
        }

        return Responded;
    }

    /// <summary>Nothing of the response whose head was taken has left for the client, and nothing will: it is as if it had never come.</summary>
    public void TakeBackHead()
    {
        Responded = false;
        Record.GrpcStatus = -1;
    }

    /// <summary>The attempt is over, and decides the next step. Call it once for every <see cref="RequestStep.Attempt"/>.</summary>
    /// <param name="failure"><see cref="Failure.None"/> where the answer reached the client whole, or was dropped as asked.</param>
    /// <param name="nothingSent">Not a byte of the request has left: the endpoint cannot have acted on it.</param>
    /// <param name="reused">It went over an HTTP/1.1 connection that had carried a request before.</param>
    public void EndAttempt(Failure failure, bool nothingSent = false, bool reused = false)
    {
        // Peers close idle connections whenever they like, also just as a request is under way. A proxy may repeat it where repeating does no harm
        // (RFC 9110 section 9.2.2).
        nothingSent |= reused && failure == Failure.UpstreamReset && Head.HasSafeMethod;
        _mayHaveActed |= !nothingSent && failure != Failure.StreamRefused;
        _attempting = false;
        Record.Know(Endpoint.State.Principals);
        ReportOutcome(AttemptOutcome.Of(failure, Record.StatusCode, Record.GrpcStatus));
        Endpoint.State.RequestEnded(
            failed: failure is not (Failure.None or Failure.ClientAbort or Failure.ClientProtocolError or Failure.RequestStalled)
        );
        if (!_next.Retry && !Responded)
        {
            _next = _attempts.OnFailure(failure, nothingSent, Replayable, time.GetTimestamp());
            Record.OtherFlags |= _next.Flags;
        }

        if (failure is Failure.ClientAbort or Failure.RequestTimeout or Failure.RequestStalled or Failure.StreamIdle)
        {
            Fail(failure);
        }
        else if (_next.Retry)
        {
            _tried.Add(Endpoint);
            (Delay, _next) = (_next.Delay, default);
            Step = RequestStep.Wait;
        }
        else if (failure == Failure.None)
        {
            Step = RequestStep.End;
        }
        else
        {
            Fail(failure);
        }
    }

    private void BeginAttempt()
    {
        var policy = _attempts.Policy;
        var context = new PickContext(Cluster)
        {
            Hash = _hash,
            Avoid = policy.AvoidsTriedEndpoints ? _tried.All : default,
            AvoidPriorities = _tried.Priorities(policy.PriorityUpdateFrequency),
        };
        var endpoint = resolver.ResolveRequest(context, Target, _config!, Head.Host);
        if (endpoint is null)
        {
            Fail(Failure.NoHealthyEndpoint);
            return;
        }

        Record.Endpoint = endpoint;
        Record.BeginAttempt();
        Record.AttemptTicks = time.GetTimestamp();
        _attempting = true;
        _reported = false;
        TellUpstream();
        endpoint.State.RequestStarted();
        Step = RequestStep.Attempt;
    }

    /// <summary>
    /// The application behind this proxy has not acted on the request, such as where it listens no more and its endpoint has not left the service
    /// yet: the caller's proxy, which knows other endpoints, may try one.
    /// </summary>
    private bool IsRepeatable(Failure failure) =>
        _target is { Inbound: true }
        && !_mayHaveActed
        && failure
            is Failure.ConnectFailed
                or Failure.ConnectTimeout
                or Failure.UpstreamReset
                or Failure.StreamRefused
                or Failure.NoHealthyEndpoint
                or Failure.Draining
                or Failure.NoConfiguration
                or Failure.NoFilterChain;

    // Once an attempt: what is heard first counts.
    private void ReportOutcome(AttemptOutcome outcome)
    {
        if (!_reported)
        {
            _reported = true;
            Cluster.State.Outliers.Report(Endpoint, outcome);
        }
    }
}
