using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>
/// Puts the rules of delegates in the places of the rules that delegate to them. A reference that leads nowhere keeps its match and fails, so
/// that its requests are not handed to the next rule.
/// </summary>
internal sealed class DelegateTranslator
{
    private static readonly FieldPath Http = FieldPath.Root.Field("spec").Field("http");

    private readonly Dictionary<(string Namespace, string Name), ConfigObject<VirtualServiceSpec>> byName;
    private readonly HashSet<ObjectKey> used = [];
    private readonly MeshSettings settings;
    private readonly Findings findings;

    public DelegateTranslator(ImmutableArray<ConfigObject<VirtualServiceSpec>> items, MeshSettings settings, Findings findings)
    {
        byName = items.ToDictionary(item => (item.Key.Namespace, item.Key.Name));
        this.settings = settings;
        this.findings = findings;
    }

    /// <summary>The rules of a VirtualService with hosts, in the order in which they are tried.</summary>
    public ImmutableArray<WrittenRule> RulesOf(ConfigObject<VirtualServiceSpec> root)
    {
        var rules = ImmutableArray.CreateBuilder<WrittenRule>(root.Spec.Http.Length);
        for (var i = 0; i < root.Spec.Http.Length; i++)
        {
            var rule = new WrittenRule(root, root.Spec.Http[i], Http.Index(i));
            if (rule.Spec.Delegate is null)
            {
                rules.Add(rule);
            }
            else
            {
                AddDelegated(rule, rules);
            }
        }

        return rules.ToImmutable();
    }

    /// <summary>Delegates that no rule names do nothing, which nobody meant.</summary>
    public void ReportUnused()
    {
        foreach (var item in byName.Values)
        {
            if (item.Spec.Hosts.IsEmpty && !used.Contains(item.Key))
            {
                findings.Add(
                    TranslationCodes.UnusedDelegate,
                    item,
                    FieldPath.Root.Field("spec").Field("hosts"),
                    "are missing, which makes it a delegate, but no VirtualService delegates to it; its rules have no effect;"
                        + " name it in http[].delegate of another, or give it hosts"
                );
            }
        }
    }

    private void AddDelegated(WrittenRule rule, ImmutableArray<WrittenRule>.Builder rules)
    {
        var reference = rule.Spec.Delegate!;
        var target = (Namespace: reference.Namespace ?? rule.Owner.Key.Namespace, reference.Name);
        var name = $"{target.Namespace}/{target.Name}";
        if (!byName.TryGetValue(target, out var found))
        {
            Break(TranslationCodes.UnknownDelegate, $"there is no VirtualService {name}", "; create it, or correct name and namespace");
            return;
        }

        if (!found.Spec.Hosts.IsEmpty)
        {
            Break(
                TranslationCodes.DelegateHasHosts,
                $"VirtualService {name} has hosts, so it is no delegate",
                "; remove its hosts, or name another"
            );
            return;
        }

        used.Add(found.Key);
        if (!ExportTo.Resolve(found.Spec.ExportTo, found.Key.Namespace).Allows(rule.Owner.Key.Namespace))
        {
            Break(
                TranslationCodes.DelegateNotVisible,
                $"delegate {name} is not exported to namespace {rule.Owner.Key.Namespace}",
                "; add the namespace to its exportTo"
            );
            return;
        }

        for (var i = 0; i < found.Spec.Http.Length; i++)
        {
            var inner = new WrittenRule(found, found.Spec.Http[i], Http.Index(i));
            if (DelegateMerge.Merge(rule.Spec, inner.Spec, OfRoot) is { } merged)
            {
                rules.Add(inner with { Spec = merged, Root = rule, IsJoined = !rule.Spec.Match.IsEmpty && !inner.Spec.Match.IsEmpty });
            }
            else
            {
                findings.Add(
                    TranslationCodes.DelegateRuleDropped,
                    found,
                    inner.Path.Field("match"),
                    $"takes requests that {rule.Name} of {rule.Owner.Key.Namespace}/{rule.Owner.Key.Name} ({rule.Spec.Location}), which delegates"
                        + " to it, does not take, or one of the two is a regex; the rule has no effect there; narrow its match, or leave it out",
                    inner.Spec.Location
                );
            }
        }

        // Short names in what is inherited are the root's.
        DestinationSpec OfRoot(DestinationSpec destination) =>
            destination with
            {
                Host = HostNames.Resolve(destination.Host, rule.Owner.Key.Namespace, settings),
            };

        void Break(DiagnosticCode code, string reason, string remedy)
        {
            findings.Add(
                code,
                rule.Owner,
                rule.Path.Field("delegate"),
                $"{reason}; requests that match are answered 500{remedy}",
                rule.Spec.Location
            );
            rules.Add(rule with { Broken = reason });
        }
    }
}
