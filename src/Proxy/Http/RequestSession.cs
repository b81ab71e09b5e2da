using System.Buffers;
using System.Text;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Proxy.Http;

/// <summary>
/// The thinking half of one request, from its head to its record, the same for every codec: a codec asks <see cref="Step"/>, does it, and
/// reports what came of it. Moves no byte and waits for nothing. Kept with its connection or stream and used again.
/// </summary>
internal sealed class RequestSession(EndpointResolver resolver, RecordSink sink, TimeProvider time)
{
    private RequestHead? _head;
    private ConnectionTarget? _target;
    private ProxyConfig? _config;
    private bool _attempting;
    private RequestHash _hash;
    private HeaderEdits _cookies = HeaderEdits.None;

    public RequestRecord Record { get; } = new();

    public RequestHead Head => _head ?? throw new InvalidOperationException("The request has ended.");

    public ConnectionTarget Target => _target ?? throw new InvalidOperationException("The request has ended.");

    public RequestStep Step { get; private set; } = RequestStep.End;

    /// <summary>For <see cref="RequestStep.Answer"/>.</summary>
    public LocalAnswer Answer { get; private set; }

    /// <summary>For <see cref="RequestStep.Wait"/>.</summary>
    public TimeSpan Delay { get; private set; }

    /// <summary>
    /// Time for the whole request, attempts and waits included, from the end of the client's request (Envoy, RouteAction.timeout); zero where
    /// there is no limit. The codec watches it and reports <see cref="Failure.RequestTimeout"/>.
    /// </summary>
    public TimeSpan Timeout { get; private set; }

    /// <summary>For <see cref="RequestStep.Attempt"/>.</summary>
    public Cluster Cluster => Record.Cluster!;

    /// <summary>For <see cref="RequestStep.Attempt"/>: where the request goes this time.</summary>
    public Endpoint Endpoint => Record.Endpoint!;

    /// <summary>For <see cref="RequestStep.Attempt"/>: the version that is spoken to the endpoint.</summary>
    public bool ToHttp2 =>
        Cluster.Protocol switch
        {
            UpstreamProtocol.Http1 => false,
            UpstreamProtocol.Http2 => true,
            _ => Head.Version == HttpVersionKind.Http2,
        };

    /// <summary>A response head was taken, so the client gets that response and no other.</summary>
    public bool Responded { get; private set; }

    /// <summary>Edits for the response that <see cref="TakeHead"/> let through.</summary>
    public EditSequence ResponseEdits => _cookies.IsEmpty ? Record.Plan.ResponseEdits : Record.Plan.ResponseEditsWith(_cookies);

    /// <summary>The first call: takes the configuration that the request keeps to its end. The codec then fills the head.</summary>
    /// <param name="config">Null before there is any.</param>
    public void Begin(ConnectionTarget target, RequestHead head, ProxyConfig? config)
    {
        _target = target;
        _head = head;
        _config = config;
        Record.Head = head;
        Record.Config = config;
        Record.Inbound = target.Inbound;
        Record.DownstreamLocal = target.Local;
        Record.DownstreamRemote = target.Remote;
        Record.StartTime = time.GetUtcNow();
        Record.StartTicks = time.GetTimestamp();
    }

    /// <summary>The head could not be read: it is answered so, and never routed.</summary>
    public void Refuse(Failure failure) => Fail(failure);

    /// <summary>The same with the status and the sentence of the rule that the head broke.</summary>
    public void Refuse(int status, string sentence)
    {
        Record.Failure = status == 431 ? Failure.HeadTooLarge : Failure.ClientProtocolError;
        Give(LocalAnswer.Refusal(status, sentence));
    }

    /// <summary>The head is filled: decides the first step.</summary>
    public void Decide()
    {
        if (!MeshHeaders.TryComplete(Head))
        {
            Fail(Failure.HeadTooLarge);
            return;
        }

        if (_config is null)
        {
            Fail(Failure.NoConfiguration);
            return;
        }

        var traffic = Target.FindIn(_config);
        Record.Listener = traffic.Listener;
        var failure = RequestPlanner.Decide(Head, traffic.Http, out var plan);
        Record.Plan = plan;
        Record.Cluster = plan.Destination?.Cluster;
        if (failure != Failure.None)
        {
            Fail(failure);
            return;
        }

        switch (plan.Rule!.Action)
        {
            case RuleAction.Forward forward:
                Timeout = forward.Timeout;
                if (forward.HashPolicy is { } policy)
                {
                    _hash = policy.Compute(Head, Target.Remote, Target.Local, out _cookies);
                }

                BeginAttempt();
                break;
            case RuleAction.DirectResponse direct:
                Record.DirectResponse = true;
                Give(LocalAnswer.Direct(direct, plan.ResponseEdits, Head.IsGrpc));
                break;
            case RuleAction.Redirect redirect:
                Record.DirectResponse = true;
                Give(LocalAnswer.Redirect(redirect.StatusCode, Location(redirect, plan.Rule.Conditions), plan.ResponseEdits));
                break;
        }
    }

    /// <summary>After <see cref="RequestStep.Wait"/>.</summary>
    public void Waited() => BeginAttempt();

    /// <summary>
    /// The head of the endpoint's answer arrived. True: it goes to the client. False: it is dropped, and the next step follows after
    /// <see cref="EndAttempt"/>.
    /// </summary>
    /// <param name="grpcStatus">Of a trailers-only answer, -1 for others.</param>
    public bool TakeHead(int status, int grpcStatus)
    {
        Record.UpstreamHeadTicks = time.GetTimestamp();
        Record.StatusCode = status;
        Record.GrpcStatus = grpcStatus;
        Responded = true;
        return true;
    }

    /// <summary>The attempt is over, and decides the next step. Call it once for every <see cref="RequestStep.Attempt"/>.</summary>
    /// <param name="failure"><see cref="Failure.None"/> where the answer reached the client whole, or was dropped as asked.</param>
    public void EndAttempt(Failure failure)
    {
        _attempting = false;
        Endpoint.State.RequestEnded(failed: failure is not (Failure.None or Failure.ClientAbort or Failure.ClientProtocolError));
        if (failure == Failure.None)
        {
            Step = RequestStep.End;
        }
        else
        {
            Fail(failure);
        }
    }

    /// <summary>The client left, or the time was up, during a wait.</summary>
    public void Abandon(Failure failure) => Fail(failure);

    /// <summary>After <see cref="RequestStep.Answer"/>.</summary>
    public void Answered() => Step = RequestStep.End;

    /// <summary>The last call, also after an exception: the record goes to log and metrics, and everything is ready for the next request.</summary>
    public void End(long requestBytes, long responseBytes)
    {
        if (_attempting)
        {
            _attempting = false;
            Endpoint.State.RequestEnded(failed: true);
        }

        Record.RequestBytes = requestBytes;
        Record.ResponseBytes = responseBytes;
        Record.EndTicks = time.GetTimestamp();
        sink.Add(Record);
        Record.Reset();
        (_head, _target, _config) = (null, null, null);
        (_hash, _cookies) = (default, HeaderEdits.None);
        (Step, Answer, Delay, Timeout, Responded) = (RequestStep.End, default, default, default, false);
    }

    private void BeginAttempt()
    {
        var endpoint = resolver.Resolve(new PickContext(Cluster) { Hash = _hash }, Target, _config!);
        if (endpoint is null)
        {
            Fail(Failure.NoHealthyEndpoint);
            return;
        }

        Record.Endpoint = endpoint;
        Record.Attempts++;
        Record.AttemptTicks = time.GetTimestamp();
        _attempting = true;
        endpoint.State.RequestStarted();
        Step = RequestStep.Attempt;
    }

    private void Fail(Failure failure)
    {
        Record.Failure = failure;
        if (failure == Failure.ClientAbort)
        {
            // Nobody reads an answer any more; the log says what happened.
            Record.StatusCode = Responded ? Record.StatusCode : FailureTable.Of(failure).Status;
            Step = RequestStep.End;
        }
        else if (Responded)
        {
            // The codec cuts what it has begun: a truncated answer must not look whole.
            Step = RequestStep.End;
        }
        else
        {
            Give(LocalAnswer.Of(failure, Head.IsGrpc));
        }
    }

    private void Give(in LocalAnswer answer)
    {
        Answer = answer;
        Record.StatusCode = answer.Status;
        Record.GrpcStatus = answer.GrpcStatus;
        Step = RequestStep.Answer;
    }

    private string Location(RuleAction.Redirect redirect, RouteConditions conditions)
    {
        for (var size = 1024; ; size *= 2)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                if (RedirectLocation.TryWrite(Head, redirect, conditions, buffer, out var written))
                {
                    return Encoding.Latin1.GetString(buffer.AsSpan(0, written));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
