using Mesh.Proxy.Configuration;
using Mesh.Proxy.Http;
using Mesh.Proxy.Security.Authorization;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Connections;

/// <summary>
/// Whether policies, and the services that they have decide, let a connection pass that is not HTTP, and what its record says about it. Asked before
/// an endpoint is picked, so that nothing is sent for who may not pass.
/// </summary>
/// <param name="services">Null: what a service would have to be asked about does not pass.</param>
internal sealed class ConnectionAuthorizer(IExternalAuthorizer? services)
{
    /// <returns><see cref="Failure.None"/> where it may pass.</returns>
    /// <exception cref="OperationCanceledException">The proxy stops.</exception>
    public async ValueTask<Failure> DecideAsync(
        ListenerTraffic traffic,
        ConnectionTarget target,
        ProxyConfig config,
        RequestRecord record,
        CancellationToken stopping
    )
    {
        if (traffic.TcpSecurity.Authorization is not { } plan)
        {
            return Failure.None;
        }

        var subject = Subject(traffic, target);
        foreach (var step in plan.Steps)
        {
            switch (step)
            {
                case AuthorizationStep.Rules rules when AccessDecider.Decide(rules, subject, record) is { } details:
                    record.TerminationDetails = details;
                    return Failure.AccessDenied;
                case AuthorizationStep.Ask ask when ask.When is null || ask.When.Match(subject) is not null:
                    var failure = await AskAsync(ask.Check, target, config, record, stopping);
                    if (failure != Failure.None)
                    {
                        record.TerminationDetails = FailureTable.Of(failure).Details;
                        return failure;
                    }

                    break;
            }
        }

        return Failure.None;
    }

    /// <summary>Why policies that decide by themselves would not let an open connection pass now; null where they would. Allocates nothing.</summary>
    public static string? Refusal(in ListenerTraffic traffic, ConnectionTarget target)
    {
        if (traffic.TcpSecurity.Authorization is not { } plan)
        {
            return null;
        }

        var subject = Subject(traffic, target);
        foreach (var step in plan.Steps)
        {
            if (step is AuthorizationStep.Rules { Enforced: { } enforced } && !enforced.Allows(subject, out var policy))
            {
                return policy?.Details ?? AccessRules.NothingAllows;
            }
        }

        return null;
    }

    private static AccessSubject Subject(in ListenerTraffic traffic, ConnectionTarget target) =>
        new(null, target.Peer, target.Remote, target.Local, target.ServerName ?? traffic.ServerName);

    private async ValueTask<Failure> AskAsync(
        ExternalCheck check,
        ConnectionTarget target,
        ProxyConfig config,
        RequestRecord record,
        CancellationToken stopping
    )
    {
        var outcome = services is null
            ? CheckOutcome.Failed
            : await services.CheckAsync(new CheckRequest(check, null, target, config) { Time = record.StartTime }, stopping);
        return outcome.Verdict switch
        {
            CheckVerdict.Allowed => Failure.None,
            CheckVerdict.Denied => Failure.CheckDenied,
            _ when check.FailOpen => Failure.None,
            _ => Failure.CheckFailed,
        };
    }
}
