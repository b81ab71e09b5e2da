using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Config;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Model;

namespace Mesh.Cli.Explain;

/// <summary>Which objects the policies of a workload come from, and where they are written, as far as the files tell.</summary>
/// <param name="source">Of the workload whose policies they are.</param>
internal sealed partial class PolicyOrigins(ExplainSource source)
{
    private static readonly FieldPath Spec = FieldPath.Root.Field("spec");

    private readonly OriginFinder _finder = new(source.Files, source.Node);
    private readonly Labels _labels = source.Files?.Snapshot.WorkloadNamed(source.Node.Namespace, source.Node.Pod)?.Labels ?? Labels.Empty;

    /// <summary>A policy of CUSTOM, by its name on the wire.</summary>
    public static bool IsCustom(string name) => name.StartsWith(AccessRuleGenerator.CustomPrefix + "-", StringComparison.Ordinal);

    /// <summary>The rule that a policy on the wire is.</summary>
    public Origin OfAccess(string name)
    {
        if (WireName().Match(name) is not { Success: true } match)
        {
            return new(name, null, null, null);
        }

        var key = new ObjectKey("AuthorizationPolicy", match.Groups["namespace"].Value, match.Groups["name"].Value);
        var rule = match.Groups["rule"].Value;
        return Written(
            key,
            source.Files?.Objects.AuthorizationPolicies.FirstOrDefault(item => item.Key == key),
            int.TryParse(rule, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? Spec.Field("rules").Index(index) : Spec
        );
    }

    /// <summary>Every AuthorizationPolicy for the workload, with its action; none where only the proxy was asked.</summary>
    public IEnumerable<(string Action, Origin Origin)> Access() =>
        source.Files is { Snapshot: var snapshot }
            ? snapshot
                .Access.For(source.Node.Namespace, _labels, snapshot.Settings)
                .Select(policy =>
                    (
                        policy.Action.ToString().ToUpperInvariant() + (policy.DryRun ? " dry run" : ""),
                        Written(
                            new(policy.Source.Kind, policy.Namespace, policy.Name),
                            source.Files.Objects.AuthorizationPolicies.FirstOrDefault(item =>
                                item.Key.Namespace == policy.Namespace && item.Key.Name == policy.Name
                            ),
                            Spec
                        )
                    )
                )
            : [];

    /// <summary>The rule that says whose tokens are taken.</summary>
    public Origin OfToken(string issuer)
    {
        if (source.Files is not { Snapshot: var snapshot } files)
        {
            // Which object that was is not told to the proxy.
            return new("a RequestAuthentication", null, null, null);
        }

        foreach (var policy in snapshot.Tokens.For(source.Node.Namespace, _labels, snapshot.Settings))
        {
            var index = policy.Rules.ToList().FindIndex(rule => rule.Issuer == issuer);
            if (index >= 0)
            {
                var key = new ObjectKey(policy.Source.Kind, policy.Namespace, policy.Name);
                var owner = files.Objects.RequestAuthentications.FirstOrDefault(item => item.Key == key);
                return Written(key, owner, issuer.Length == 0 ? Spec : Spec.Field("jwtRules").Index(index));
            }
        }

        return Origin.Default;
    }

    /// <summary>What says how a port takes connections.</summary>
    public Origin OfPeers(int port)
    {
        if (source.Files is not { Snapshot: var snapshot } files)
        {
            return new("a PeerAuthentication, or the mesh's default", null, null, null);
        }

        var rule = snapshot.PeerRuleOf(source.Node.Namespace, _labels, port);
        if (rule is null)
        {
            return Origin.Default;
        }

        var key = new ObjectKey(rule.Source.Kind, rule.Namespace, rule.Name);
        return Written(
            key,
            files.Objects.PeerAuthentications.FirstOrDefault(item => item.Key == key),
            !rule.Selector.Values.IsEmpty && rule.Ports.GetValueOrDefault(port) is not null
                ? Spec.Field("portLevelMtls").Field(port.ToString(CultureInfo.InvariantCulture))
                : Spec.Field("mtls")
        );
    }

    private Origin Written(ObjectKey key, ConfigObject? owner, FieldPath path) =>
        owner is null ? new(key.ToString(), path.ToString(), null, null)
        : _finder.Field(owner, path) is { } found ? found
        : new(key.ToString(), null, owner.Location.File, owner.Location.Line);

    [GeneratedRegex(
        "^(?:" + AccessRuleGenerator.CustomPrefix + @"-)?ns\[(?<namespace>[^\]]*)\]-policy\[(?<name>[^\]]*)\]-rule\[(?<rule>[^\]]*)\]$"
    )]
    private static partial Regex WireName();
}
