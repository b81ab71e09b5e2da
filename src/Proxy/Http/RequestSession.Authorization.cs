using Mesh.Proxy.Connections;
using Mesh.Proxy.Security.Authorization;

namespace Mesh.Proxy.Http;

// Who may do what: the filters of the chain in their order, which is that of Istio: CUSTOM, AUDIT, DENY, ALLOW.
internal sealed partial class RequestSession
{
    // False where the request was answered.
    private bool IsAuthorized(AuthorizationPlan? plan)
    {
        if (plan is null)
        {
            return true;
        }

        var subject = new AccessSubject(Head, Target.Peer, Target.Remote, Target.Local, Target.ServerName);
        foreach (var step in plan.Steps)
        {
            switch (step)
            {
                case AuthorizationStep.Rules rules when AccessDecider.Decide(rules, subject, Record) is { } details:
                    Record.AnswerDetails = details;
                    Fail(Failure.AccessDenied);
                    return false;
                case AuthorizationStep.Ask ask when ask.When is null || ask.When.Match(subject) is not null:
                    Fail(Failure.CheckFailed);
                    return false;
            }
        }

        return true;
    }
}
