using System.Collections.Immutable;
using System.Globalization;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>
/// Warns where a policy asks connections that are not HTTP about requests. As in Istio nothing opens by that: a rule that allows never
/// matches them, one that denies does so by what is left of it.
/// </summary>
internal static class AccessPortChecks
{
    public static void Check(AccessStage stage, ImmutableArray<Workload> workloads, MeshSettings settings, Findings findings)
    {
        foreach (var (item, policy) in stage.Policies)
        {
            // A dry run of CUSTOM does nothing anywhere.
            var provider = policy is { Action: AccessAction.Custom, DryRun: false } ? stage.Access.Provider(policy.Provider) : null;
            var cannotBeAsked = provider is { Http: true };
            for (var i = 0; i < policy.Rules.Length; i++)
            {
                var rule = policy.Rules[i];
                if (!(IsHttpOnly(rule) || cannotBeAsked) || FirstPort(policy, rule, workloads, settings) is not { } found)
                {
                    continue;
                }

                if (cannotBeAsked)
                {
                    findings.Add(
                        TranslationCodes.ProviderNotForConnections,
                        item,
                        FieldPath.Root.Field("spec").Field("rules").Index(i),
                        $"has the provider {provider!.Name} decide, which is asked over HTTP and can say nothing about connections at port {found.Port} of"
                            + $" {found.Workload.Namespace}/{found.Workload.Name}, where {found.Protocol} is spoken: they are closed (Istio would let"
                            + " them pass unasked); limit the rule to HTTP ports with to.operation.ports, or use a provider of envoyExtAuthzGrpc"
                    );
                    continue;
                }

                var consequence =
                    policy.Action == AccessAction.Allow
                        ? "the rule allows no connection there"
                        : "the rule takes connections there by its other fields alone";
                findings.Add(
                    TranslationCodes.HttpFieldOnTcpPort,
                    item,
                    FieldPath.Root.Field("spec").Field("rules").Index(i),
                    $"asks about requests, which port {found.Port} of {found.Workload.Namespace}/{found.Workload.Name} does not have, where"
                        + $" {found.Protocol} is spoken: {consequence}; limit it to HTTP ports with to.operation.ports, or name the port's protocol"
                );
            }
        }
    }

    private static bool IsHttpOnly(AccessRule rule) =>
        rule.Sources.Concat(rule.Operations).SelectMany(terms => terms).Concat(rule.Conditions).Any(term => term.IsHttpOnly);

    private static (Workload Workload, int Port, PortProtocol Protocol)? FirstPort(
        AccessPolicy policy,
        AccessRule rule,
        ImmutableArray<Workload> workloads,
        MeshSettings settings
    )
    {
        foreach (var workload in workloads)
        {
            if (
                (policy.Namespace != workload.Namespace && policy.Namespace != settings.RootNamespace)
                || !policy.Selectors.Any(workload.Labels.Satisfies)
            )
            {
                continue;
            }

            foreach (var port in workload.InboundPorts)
            {
                if (port.Protocol is PortProtocol.Tcp or PortProtocol.Tls or PortProtocol.Https && Takes(rule, port.Port))
                {
                    return (workload, port.Port, port.Protocol);
                }
            }
        }

        return null;
    }

    private static bool Takes(AccessRule rule, int port)
    {
        var text = port.ToString(CultureInfo.InvariantCulture);
        bool Holds(AccessTerm term) =>
            term.Attribute != AccessAttribute.Port
            || ((term.Values.IsEmpty || term.Values.Contains(text)) && !term.NotValues.Contains(text));
        return (rule.Operations.IsEmpty || rule.Operations.Any(terms => terms.All(Holds))) && rule.Conditions.All(Holds);
    }
}
