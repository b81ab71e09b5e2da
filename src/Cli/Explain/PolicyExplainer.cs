using System.Collections.Immutable;
using Mesh.Proxy;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Security.Authorization;

namespace Mesh.Cli.Explain;

/// <summary>
/// What a sidecar asks of its traffic before the application gets it, in the order in which it asks, and what each policy says to one request or
/// connection: decided by the proxy's own conditions.
/// </summary>
internal sealed class PolicyExplainer(PolicyOrigins origins)
{
    private readonly ImmutableArray<Setting>.Builder _settings = ImmutableArray.CreateBuilder<Setting>();
    private readonly HashSet<string> _shown = [];
    private string? _asked;
    private ArrivalVerdict? _verdict;

    /// <param name="security">Of the chain that takes it.</param>
    /// <param name="subject">With the claims of its token, where one was verified.</param>
    public static (ImmutableArray<Setting> Policies, ArrivalVerdict Verdict) Of(
        ChainSecurity security,
        in AccessSubject subject,
        PolicyOrigins origins
    )
    {
        var explainer = new PolicyExplainer(origins);
        explainer._settings.AddRange(Tokens(security, origins));
        foreach (var step in security.Authorization?.Steps ?? [])
        {
            switch (step)
            {
                case AuthorizationStep.Rules rules:
                    explainer.DryRun(rules.DryRun, subject);
                    explainer.Enforced(rules.Enforced, subject);
                    break;
                case AuthorizationStep.Ask ask:
                    explainer.Ask(ask, subject);
                    break;
            }
        }

        explainer.Silent();
        return (explainer._settings.ToImmutable(), explainer.Verdict());
    }

    /// <summary>Whose tokens are taken.</summary>
    public static IEnumerable<Setting> Tokens(ChainSecurity security, PolicyOrigins origins) =>
        (security.Tokens?.Providers ?? []).Select(provider => new Setting(
            "token",
            provider.Issuer.Length > 0 ? $"one of {provider.Issuer} must verify where there is one" : "every one is refused",
            origins.OfToken(provider.Issuer)
        ));

    private ArrivalVerdict Verdict()
    {
        var verdict = _verdict ?? ArrivalVerdict.Passes;
        return _asked is null ? verdict : verdict with { Text = $"asked of {_asked} first, which may refuse it; then: {verdict.Text}" };
    }

    private void DryRun(AccessRules? rules, in AccessSubject subject)
    {
        foreach (var policy in rules is null ? [] : rules.Policies.ToArray())
        {
            Add(
                $"{Name(rules!.Action)} dry run",
                policy,
                subject,
                rules.Action switch
                {
                    AccessAction.Allow => "would let it pass",
                    AccessAction.Deny => "would refuse it",
                    _ => "would note it",
                }
            );
        }
    }

    private void Enforced(AccessRules? rules, in AccessSubject subject)
    {
        if (rules is null)
        {
            return;
        }

        foreach (var policy in rules.Policies)
        {
            var isCustom = PolicyOrigins.IsCustom(policy.Name);
            Add(
                isCustom ? "CUSTOM" : Name(rules.Action),
                policy,
                subject,
                isCustom
                    ? "refuses it, for who is to decide cannot be asked here"
                    : rules.Action switch
                    {
                        AccessAction.Allow => "lets it pass",
                        AccessAction.Deny => "refuses it",
                        _ => "notes it",
                    }
            );
        }

        if (rules.Allows(subject, out var matched))
        {
            return;
        }

        var details = matched?.Details ?? AccessRules.NothingAllows;
        _verdict ??= ArrivalVerdict.Refused(
            Failure.AccessDenied,
            matched is null ? "no policy allows it, and there are some that allow" : $"by {origins.OfAccess(matched.Name)}",
            details,
            http: subject.Head is not null
        );
    }

    private void Ask(AuthorizationStep.Ask ask, in AccessSubject subject)
    {
        foreach (var policy in ask.When is null ? [] : ask.When.Policies.ToArray())
        {
            Add("CUSTOM", policy, subject, $"has {ask.Check.ClusterName} decide");
        }

        if (ask.When is null)
        {
            _settings.Add(new("CUSTOM", $"has {ask.Check.ClusterName} decide", Origin.Default));
        }

        if (_verdict is null && (ask.When is null || ask.When.Match(subject) is not null))
        {
            _asked ??= ask.Check.ClusterName;
        }
    }

    private void Add(string name, AccessPolicy policy, in AccessSubject subject, string says)
    {
        var origin = origins.OfAccess(policy.Name);
        _shown.Add(origin.Object);
        var holds = policy.Condition.Holds(subject);
        _settings.Add(new(name, holds ? $"{says}: {policy.Condition}" : $"does not take it, needs: {policy.Condition}", origin));
    }

    // An ALLOW without rules takes nothing, and by being there refuses what no other allows.
    private void Silent()
    {
        foreach (var (action, origin) in origins.Access().Where(policy => !_shown.Contains(policy.Origin.Object)))
        {
            _settings.Add(new(action, "takes nothing here", origin));
        }
    }

    private static string Name(AccessAction action) =>
        action switch
        {
            AccessAction.Allow => "ALLOW",
            AccessAction.Deny => "DENY",
            _ => "AUDIT",
        };
}
