using Mesh.Config.Reading;
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
        ValidateFailover(spec, path, problems);
        ValidateExtensions(spec, problems);
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

    // Istio: endpoints farther away count only where something says that the nearer ones are ill.
    private static void ValidateFailover(DestinationRuleSpec spec, FieldPath path, ProblemList problems)
    {
        var rule = spec.TrafficPolicy;
        // A subset may bring the outlier detection that the rule's failover needs.
        var bySubsets = spec.Subsets.Any(subset => subset.TrafficPolicy?.OutlierDetection is not null);
        Check(rule?.LoadBalancer, bySubsets ? new() : rule?.OutlierDetection, path.Field("trafficPolicy"));
        Ports(rule, path.Field("trafficPolicy"));
        for (var i = 0; i < spec.Subsets.Length; i++)
        {
            var (subset, at) = (spec.Subsets[i].TrafficPolicy, path.Field("subsets").Index(i).Field("trafficPolicy"));
            Check(subset?.LoadBalancer, subset?.OutlierDetection ?? rule?.OutlierDetection, at);
            Ports(subset, at);
        }

        void Ports(TrafficPolicySpec? policy, FieldPath at)
        {
            for (var i = 0; i < (policy?.PortLevelSettings.Length ?? 0); i++)
            {
                var port = policy!.PortLevelSettings[i];
                Check(port.LoadBalancer, port.OutlierDetection, at.Field("portLevelSettings").Index(i));
            }
        }

        void Check(LoadBalancerSpec? balancer, OutlierDetectionSpec? detection, FieldPath at)
        {
            if (detection is not null || balancer?.LocalityLb is not { Enabled: not false } locality)
            {
                return;
            }
            foreach (
                var (field, given) in new[]
                {
                    ("failover", locality.Failover.Length),
                    ("failoverPriority", locality.FailoverPriority.Length),
                }
            )
            {
                if (given > 0)
                {
                    problems.Add(
                        DiagnosticCodes.IneffectiveSetting,
                        at.Field("loadBalancer").Field("localityLbSetting").Field(field),
                        "has no effect without outlierDetection, which says when to leave a locality; add outlierDetection: {}"
                    );
                }
            }
        }
    }

    private static void ValidateExtensions(DestinationRuleSpec spec, ProblemList problems)
    {
        var extensions = spec.Extensions;
        if (HasOutlierDetection(spec.TrafficPolicy) || spec.Subsets.Any(subset => HasOutlierDetection(subset.TrafficPolicy)))
        {
            return;
        }
        Check(extensions.SuccessRate, "success-rate");
        Check(extensions.FailurePercentage, "failure-percentage");
        Check(extensions.HalfOpenProbe, "half-open-probe");

        void Check(object? extension, string name)
        {
            if (extension is not null)
            {
                problems.Add(
                    DiagnosticCodes.IneffectiveSetting,
                    FieldPath.Root.Field("metadata").Field("annotations").Key(ObjectReader.ExtensionPrefix + name),
                    "has no effect: no policy of this rule has outlierDetection; add it where endpoints are to be ejected"
                );
            }
        }
    }

    private static bool HasOutlierDetection(TrafficPolicySpec? policy) =>
        policy is not null
        && (policy.OutlierDetection is not null || policy.PortLevelSettings.Any(port => port.OutlierDetection is not null));

    private static void ValidateOutlierDetection(OutlierDetectionSpec? detection, FieldPath path, ProblemList problems)
    {
        if (detection is { SplitExternalLocalOriginErrors: false, ConsecutiveLocalOriginFailures: > 0 })
        {
            problems.Add(
                DiagnosticCodes.IneffectiveSetting,
                path.Field("consecutiveLocalOriginFailures"),
                "has no effect without splitExternalLocalOriginErrors: local failures count as 5xx; add splitExternalLocalOriginErrors: true"
            );
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
        ValidateOutlierDetection(policy.OutlierDetection, path.Field("outlierDetection"), problems);
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
            ValidateOutlierDetection(port.OutlierDetection, at.Field("outlierDetection"), problems);
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
