using System.Buffers;
using System.Text;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Http.Mirrors;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.Cors;
using Mesh.Proxy.Routing.Faults;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Outliers;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Http;

/// <summary>
/// The thinking half of one request, from its head to its record, the same for every codec: a codec asks <see cref="Step"/>, does it, and
/// reports what came of it. Moves no byte and waits for nothing. Kept with its connection or stream and used again.
/// </summary>
internal sealed partial class RequestSession(EndpointResolver resolver, RecordSink sink, TimeProvider time, MirrorSender? mirrors = null)
{
    private const string RuleAnswer = "direct_response";

    private RequestHead? _head;
    private ConnectionTarget? _target;
    private ProxyConfig? _config;
    private readonly AttemptController _attempts = new(Random.Shared);
    private readonly TriedEndpoints _tried = new();
    private AttemptDecision _next;
    private bool _attempting;
    private bool _reported;
    private RequestHash _hash;
    private bool _delaying;
    private Failure _planned;
    private FaultDecision _fault;
    private HeaderEdits _ownEdits = HeaderEdits.None;

    private RequestValues? _values;

    public RequestRecord Record { get; } = new();

    public RequestHead Head => _head ?? throw new InvalidOperationException("The request has ended.");

    public ConnectionTarget Target => _target ?? throw new InvalidOperationException("The request has ended.");

    public RequestStep Step { get; private set; } = RequestStep.End;

    /// <summary>For <see cref="RequestStep.Answer"/>.</summary>
    public LocalAnswer Answer { get; private set; }

    /// <summary>For <see cref="RequestStep.Wait"/>.</summary>
    public TimeSpan Delay { get; private set; }

    /// <summary>
    /// Time for the whole request, attempts and waits included, from the end of the client's request (Envoy, RouteAction.timeout and
    /// max_grpc_timeout); zero where there is no limit. The codec watches it and reports <see cref="Failure.RequestTimeout"/>. Known from the first
    /// <see cref="RequestStep.Attempt"/> on, so that the delay of a fault does not count.
    /// </summary>
    public TimeSpan Timeout { get; private set; }

    /// <summary>
    /// For <see cref="RequestStep.Attempt"/>: time for this attempt, from its start or, where that is later, from the end of the client's
    /// request, to the answer's head; zero where there is no limit. The codec watches it and reports <see cref="Failure.TryTimeout"/>.
    /// </summary>
    public TimeSpan TryTimeout =>
        // One that does not end before the whole request's does nothing (Envoy, per_try_timeout).
        Timeout > TimeSpan.Zero
        && _attempts.Policy.TryTimeout >= Timeout
            ? TimeSpan.Zero
            : _attempts.Policy.TryTimeout;

    /// <summary>For <see cref="RequestStep.Attempt"/>: there may be another attempt after this one, so what is read of the body is worth keeping.</summary>
    public bool MayRetry => _attempts.MayRetry;

    /// <summary>The codec says no once it can no longer send the whole request again.</summary>
    public bool Replayable { get; set; } = true;

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

    public EditSequence RequestEdits => Record.Plan.RequestEdits with { Values = Values(default) };

    /// <summary>Edits for the response that <see cref="TakeHead"/> let through, or for the answer to a rule that gives one.</summary>
    public EditSequence ResponseEdits(ResponseFields response = default) =>
        (_ownEdits.IsEmpty ? Record.Plan.ResponseEdits : Record.Plan.ResponseEditsWith(_ownEdits)) with
        {
            Values = Values(response),
        };

    private RequestValues Values(ResponseFields response)
    {
        _values ??= new(Record, time);
        _values.Response = response;
        return _values;
    }

    /// <summary>What goes to mirrors; null for most requests. The codec shows it the body as it passes, and its end.</summary>
    public MirrorCopies? Copies { get; private set; }

    /// <summary>The first call: takes the configuration that the request keeps to its end. The codec then fills the head.</summary>
    /// <param name="config">Null before there is any.</param>
    public void Begin(ConnectionTarget target, RequestHead head, ProxyConfig? config)
    {
        _target = target;
        _head = head;
        _config = config;
        Record.Head = head;
        Record.Config = config;
        Record.CameBy(target);
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
        if (traffic.IsRefused)
        {
            // Its connection is being closed.
            Fail(Failure.NoFilterChain);
            return;
        }

        if (!TryAdmit(traffic.HttpSecurity))
        {
            return;
        }

        _routes = traffic.Http;
        Plan();
        // What may not pass is refused, whatever the routes would do with it.
        if (IsAuthorized(traffic.HttpSecurity.Authorization))
        {
            DecideAuthorized();
        }
    }

    private void Plan()
    {
        _planned = RequestPlanner.Decide(Head, _routes, out var plan);
        Record.Plan = plan;
        Record.Cluster = plan.Destination?.Cluster;
    }

    private void DecideAuthorized()
    {
        var plan = Record.Plan;
        if (plan.Forward is { Mirrors.IsEmpty: false })
        {
            Copies = mirrors?.Begin(this, Target, _config!);
        }

        _fault = plan.Rule?.Fault?.Decide() ?? default;
        if (_fault.Delay > TimeSpan.Zero)
        {
            Record.OtherFlags |= ResponseFlags.DelayInjected;
            Delay = _fault.Delay;
            _delaying = true;
            Step = RequestStep.Wait;
            return;
        }

        DecideUndelayed();
    }

    // In the order of Istio's filters: fault, cross-origin policy, and what the rule does.
    private void DecideUndelayed()
    {
        var plan = Record.Plan;
        var cors = plan.Rule?.Cors?.Decide(Head) ?? CorsDecision.Pass;
        _ownEdits = _checkedEdits.And(cors.Edits);
        if (_fault.Abort is { } abort)
        {
            Record.Failure = Failure.FaultAbort;
            Give(LocalAnswer.Of(abort, _ownEdits, Head.IsGrpc));
            return;
        }

        if (cors.Verdict == CorsVerdict.Answer)
        {
            Record.AnswerDetails = "cors_response";
            Give(LocalAnswer.Preflight(_ownEdits));
            return;
        }

        if (_planned != Failure.None)
        {
            Fail(_planned);
            return;
        }

        switch (plan.Rule!.Action)
        {
            case RuleAction.Forward forward:
                Copies?.Forwarded();
                Timeout = LimitOf(forward);
                if (forward.HashPolicy is { } policy)
                {
                    _hash = policy.Compute(Head, Target.Remote, Target.Local, out var cookies);
                    _ownEdits = _ownEdits.And(cookies);
                }

                _attempts.Begin(forward.Retries, Cluster, Head.IsGrpc, Record.StartTicks, time.TimestampFrequency);
                BeginAttempt();
                break;
            case RuleAction.DirectResponse direct:
                Record.AnswerDetails = RuleAnswer;
                Give(LocalAnswer.Direct(direct, ResponseEdits(), Head.IsGrpc));
                break;
            case RuleAction.Redirect redirect:
                Record.AnswerDetails = RuleAnswer;
                Give(LocalAnswer.Redirect(redirect.StatusCode, Location(redirect, plan.Rule.Conditions), ResponseEdits()));
                break;
        }
    }

    /// <summary>After <see cref="RequestStep.Wait"/>.</summary>
    public void Waited()
    {
        if (_delaying)
        {
            _delaying = false;
            DecideUndelayed();
        }
        else
        {
            BeginAttempt();
        }
    }

    /// <summary>The client left, or the time was up, during a wait.</summary>
    public void Abandon(Failure failure) => Fail(failure);

    /// <summary>Everything was decided and written, but the client did not take it all.</summary>
    public void NotTaken(Failure failure)
    {
        if (Record.Failure == Failure.None)
        {
            Record.Failure = failure;
        }
    }

    /// <summary>After <see cref="RequestStep.Answer"/>.</summary>
    public void Answered() => Step = RequestStep.End;

    /// <summary>The last call, also after an exception: the record goes to log and metrics, and everything is ready for the next request.</summary>
    public void End(long requestBytes, long responseBytes)
    {
        if (_attempting)
        {
            _attempting = false;
            ReportOutcome(AttemptOutcome.Unknown);
            Endpoint.State.RequestEnded(failed: true);
        }

        Copies?.End();
        Copies = null;
        Record.RequestBytes = requestBytes;
        Record.ResponseBytes = responseBytes;
        Record.EndTicks = time.GetTimestamp();
        sink.Add(Record);
        Record.Reset();
        _values?.Response = default;
        _attempts.End();
        _tried.Clear();
        Replayable = true;
        (_head, _target, _config) = (null, null, null);
        _hash = default;
        (Step, Answer, Delay, Timeout, Responded, _next, _mayHaveActed) = (
            RequestStep.End,
            default,
            default,
            default,
            false,
            default,
            false
        );
        EndAuthorization();
        EndDeadline();
        (_delaying, _planned, _fault, _ownEdits) = (false, Failure.None, default, HeaderEdits.None);
    }

    private void Fail(Failure failure)
    {
        failure = AsClientSees(failure);
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
            Give(LocalAnswer.Of(failure, _ownEdits, Head.IsGrpc, retried: Record.Attempts > 1, repeatable: IsRepeatable(failure)));
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
