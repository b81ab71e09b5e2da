using System.Text;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security.Authorization;

namespace Mesh.Proxy.Http;

// Who may do what: the filters of the chain in their order, which is that of Istio: CUSTOM, AUDIT, DENY, ALLOW.
internal sealed partial class RequestSession
{
    private AuthorizationPlan? _authorization;
    private RouteTable? _routes;
    private int _authorizationStep;
    private HeaderEdits _checkedEdits = HeaderEdits.None;

    /// <summary>For <see cref="RequestStep.Check"/>.</summary>
    public CheckRequest Check =>
        new(((AuthorizationStep.Ask)_authorization!.Steps[_authorizationStep]).Check, Head, Target, _config!) { Time = Record.StartTime };

    /// <summary>Bytes of the body that a check of this request may want to see; 0 for most requests.</summary>
    public int CheckedBodyBytes => _authorization?.BodyBytes ?? 0;

    /// <summary>After <see cref="RequestStep.Check"/>.</summary>
    public void Checked(CheckOutcome outcome)
    {
        var check = ((AuthorizationStep.Ask)_authorization!.Steps[_authorizationStep]).Check;
        switch (outcome.Verdict)
        {
            case CheckVerdict.Allowed when !TryEditHead(outcome.RequestEdits):
                Fail(Failure.HeadTooLarge);
                return;
            case CheckVerdict.Denied:
                Record.Failure = Failure.CheckDenied;
                Give(LocalAnswer.Refusal(outcome.Status, outcome.Body, outcome.ResponseEdits, Head.IsGrpc));
                return;
            case CheckVerdict.Failed when !check.FailOpen:
                Record.Failure = Failure.CheckFailed;
                Give(LocalAnswer.Refusal(check.StatusOnError, default, HeaderEdits.None, Head.IsGrpc));
                return;
        }

        _checkedEdits = _checkedEdits.And(outcome.ResponseEdits);
        if (check.ClearsRoute && !outcome.RequestEdits.IsEmpty)
        {
            Plan();
        }

        _authorizationStep++;
        if (ContinueAuthorization())
        {
            DecideAuthorized();
        }
    }

    /// <summary>For <see cref="RequestStep.Check"/>: the body is larger than the service may see, and it must see the whole of it.</summary>
    public void RefuseBody() => Refuse(413, "The body is larger than what decides about the request can be shown.");

    // False where the request was answered, or a service has to be asked first.
    private bool IsAuthorized(AuthorizationPlan? plan)
    {
        if (plan is null)
        {
            return true;
        }

        (_authorization, _authorizationStep) = (plan, 0);
        return ContinueAuthorization();
    }

    private bool ContinueAuthorization()
    {
        var steps = _authorization!.Steps;
        var subject = new AccessSubject(Head, Target.Peer, Target.Remote, Target.Local, Target.ServerName);
        for (; _authorizationStep < steps.Length; _authorizationStep++)
        {
            switch (steps[_authorizationStep])
            {
                case AuthorizationStep.Rules rules when AccessDecider.Decide(rules, subject, Record) is { } details:
                    Record.AnswerDetails = details;
                    Fail(Failure.AccessDenied);
                    return false;
                case AuthorizationStep.Ask ask when ask.When is null || ask.When.Match(subject) is not null:
                    Step = RequestStep.Check;
                    return false;
            }
        }

        return true;
    }

    // What a service decides about the head holds for everything after it: policies, routes, the upstream, the log.
    private bool TryEditHead(HeaderEdits edits)
    {
        foreach (var edit in edits.Edits)
        {
            var name = Encoding.Latin1.GetBytes(edit.Name);
            if (edit.Kind != HeaderEditKind.Add)
            {
                // What a service says of a client no spelling of the client's may stand beside.
                Head.RemoveSpellings(name);
            }

            if (edit.Kind != HeaderEditKind.Remove && !Head.AddHeader(name, Encoding.Latin1.GetBytes(edit.Value)))
            {
                return false;
            }
        }

        return true;
    }

    private void EndAuthorization() => (_authorization, _routes, _authorizationStep, _checkedEdits) = (null, null, 0, HeaderEdits.None);
}
