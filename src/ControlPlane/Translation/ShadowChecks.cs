using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Finds rules that never get a request because earlier ones take them all; warns only where it is certain.</summary>
internal static class ShadowChecks
{
    // Comparing all pairs is quadratic; generated objects with thousands of blocks are checked against the first ones only.
    private const int MostCompared = 1000;

    public static void Check(ConfigObject<VirtualServiceSpec> owner, ImmutableArray<Rule> rules, Findings findings)
    {
        var earlier = new List<(Match? Match, int Rule)>();
        var http = FieldPath.Root.Field("spec").Field("http");
        for (var i = 0; i < rules.Length; i++)
        {
            var spec = owner.Spec.Http[i];
            if (rules[i].Matches.IsEmpty)
            {
                if (TryFind(earlier, null, out var by))
                {
                    Report(owner, rules, i, by.Value, http.Index(i), spec.Location, findings);
                }

                Remember(earlier, null, i);
                continue;
            }

            var shadows = rules[i].Matches.Select(match => TryFind(earlier, match, out var by) ? by : null).ToList();
            if (shadows.TrueForAll(by => by is not null))
            {
                Report(owner, rules, i, shadows[0]!.Value, http.Index(i), spec.Location, findings);
            }
            else
            {
                for (var m = 0; m < shadows.Count; m++)
                {
                    if (shadows[m] is { } by)
                    {
                        findings.Add(
                            TranslationCodes.ShadowedMatch,
                            owner,
                            http.Index(i).Field("match").Index(m),
                            $"this match block of {Named(rules, i)} gets no requests, {Named(rules, by)} ({Place(rules[by])}) takes them all;"
                                + " move the rule before that one, or remove the block",
                            spec.Match[m].Location
                        );
                    }
                }
            }

            foreach (var match in rules[i].Matches)
            {
                Remember(earlier, match, i);
            }
        }
    }

    private static void Report(
        ConfigObject owner,
        ImmutableArray<Rule> rules,
        int rule,
        int by,
        FieldPath path,
        SourceLocation location,
        Findings findings
    ) =>
        findings.Add(
            TranslationCodes.ShadowedRule,
            owner,
            path,
            $"{Named(rules, rule)} gets no requests, {Named(rules, by)} ({Place(rules[by])}) comes first and takes them all;"
                + " move it before that one, or remove it",
            location
        );

    private static string Named(ImmutableArray<Rule> rules, int index) =>
        rules[index].Name.Length > 0 ? $"rule '{rules[index].Name}'" : $"rule http[{index}]";

    private static SourceLocation Place(Rule rule) => new(rule.Source.File, rule.Source.Line);

    private static void Remember(List<(Match? Match, int Rule)> earlier, Match? match, int rule)
    {
        if (earlier.Count < MostCompared)
        {
            earlier.Add((match, rule));
        }
    }

    // A null match takes everything.
    private static bool TryFind(List<(Match? Match, int Rule)> earlier, Match? match, [NotNullWhen(true)] out int? by)
    {
        foreach (var (wide, rule) in earlier)
        {
            if (wide is null || MatchCoverage.Covers(wide, match ?? Everything))
            {
                by = rule;
                return true;
            }
        }

        by = null;
        return false;
    }

    private static Match Everything { get; } = new("", null, false, null, null, null, [], [], [], null, Labels.Empty, null, [], null);
}
