using Mesh.Proxy.Security.Authorization;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Connections;

/// <summary>Pure: whether policies let a connection pass that is not HTTP, and what its record says about it.</summary>
internal static class ConnectionAuthorizer
{
    public static bool Allows(in ListenerTraffic traffic, ConnectionTarget target, RequestRecord record)
    {
        if (traffic.TcpSecurity.Authorization is not { } plan)
        {
            return true;
        }

        var subject = new AccessSubject(null, target.Peer, target.Remote, target.Local, target.ServerName ?? traffic.ServerName);
        foreach (var step in plan.Steps)
        {
            // Services are shown requests; a connection that one would have to be asked about does not pass.
            var details = step is AuthorizationStep.Rules rules
                ? AccessDecider.Decide(rules, subject, record)
                : FailureTable.Of(Failure.CheckFailed).Details;
            if (details is not null)
            {
                record.TerminationDetails = details;
                return false;
            }
        }

        return true;
    }
}
