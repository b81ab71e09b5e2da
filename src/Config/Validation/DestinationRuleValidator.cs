using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks a DestinationRule: host, subsets, and the policies' place.</summary>
internal static class DestinationRuleValidator
{
    private const int MaxPortPolicies = 4096;

    internal static void Validate(DestinationRuleSpec spec, FieldPath path, ProblemList problems)
    {
        if (spec.Host is not ("" or "*") && !Syntax.IsDnsNameOrWildcard(spec.Host))
        {
            problems.Add(
                DiagnosticCodes.InvalidHost,
                path.Field("host"),
                $"is \"{spec.Host}\", must be the name of a service or *.suffix, without scheme or port"
            );
        }
        SharedChecks.ExportTo(spec.ExportTo, path.Field("exportTo"), problems);
        SharedChecks.Labels(spec.WorkloadSelector, path.Field("workloadSelector").Field("matchLabels"), problems);
        ValidatePolicy(spec.TrafficPolicy, path.Field("trafficPolicy"), problems);
        var subsets = path.Field("subsets");
        SharedChecks.Unique(spec.Subsets.Select(subset => subset.Name), subsets, problems, subset => subset.Field("name"));
        for (var i = 0; i < spec.Subsets.Length; i++)
        {
            var (subset, at) = (spec.Subsets[i], subsets.Index(i));
            SharedChecks.SubsetName(subset.Name, at.Field("name"), problems);
            SharedChecks.Labels(subset.Labels, at.Field("labels"), problems);
            ValidatePolicy(subset.TrafficPolicy, at.Field("trafficPolicy"), problems);
        }
    }

    private static void ValidatePolicy(TrafficPolicySpec? policy, FieldPath path, ProblemList problems)
    {
        if (policy is null)
        {
            return;
        }
        if (IsEmpty(policy))
        {
            problems.Add(
                DiagnosticCodes.EmptyPolicy,
                path,
                "sets nothing; give loadBalancer, connectionPool, outlierDetection, tls or another block, or remove it"
            );
        }
        LoadBalancerValidator.Validate(policy.LoadBalancer, path.Field("loadBalancer"), problems);
        TrafficPolicyValidator.Validate(policy.ConnectionPool, path.Field("connectionPool"), problems);
        TrafficPolicyValidator.Validate(policy.Tls, path.Field("tls"), problems);
        if (policy.Tunnel is { } tunnel)
        {
            var at = path.Field("tunnel");
            if (tunnel.Protocol is not ("CONNECT" or "POST"))
            {
                problems.Add(DiagnosticCodes.UnknownValue, at.Field("protocol"), $"is \"{tunnel.Protocol}\", must be one of CONNECT, POST");
            }
            if (tunnel.TargetHost.Length > 0 && !Syntax.IsDnsName(tunnel.TargetHost) && !Syntax.IsIp(tunnel.TargetHost))
            {
                problems.Add(
                    DiagnosticCodes.InvalidHost,
                    at.Field("targetHost"),
                    $"is \"{tunnel.TargetHost}\", must be a DNS name or an IP address"
                );
            }
        }
        var ports = path.Field("portLevelSettings");
        if (policy.PortLevelSettings.Length > MaxPortPolicies)
        {
            problems.Add(
                DiagnosticCodes.NumberOutOfRange,
                ports,
                $"has {policy.PortLevelSettings.Length} elements, must be at most {MaxPortPolicies}"
            );
        }
        SharedChecks.Unique(policy.PortLevelSettings.Select(p => $"{p.Port}"), ports, problems, p => p.Field("port"));
        for (var i = 0; i < policy.PortLevelSettings.Length; i++)
        {
            var (port, at) = (policy.PortLevelSettings[i], ports.Index(i));
            LoadBalancerValidator.Validate(port.LoadBalancer, at.Field("loadBalancer"), problems);
            TrafficPolicyValidator.Validate(port.ConnectionPool, at.Field("connectionPool"), problems);
            TrafficPolicyValidator.Validate(port.Tls, at.Field("tls"), problems);
        }
    }

    private static bool IsEmpty(TrafficPolicySpec policy) =>
        policy
            is {
                LoadBalancer: null,
                ConnectionPool: null,
                OutlierDetection: null,
                Tls: null,
                Tunnel: null,
                ProxyProtocol: null,
                RetryBudget: null,
                PortLevelSettings.IsEmpty: true
            };
}
