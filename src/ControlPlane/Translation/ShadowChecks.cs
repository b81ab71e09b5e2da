using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Finds rules that never get a request because earlier ones take them all; warns only where it is certain.</summary>
internal static class ShadowChecks
{
    // Comparing all pairs is quadratic; generated objects with thousands of blocks are checked against the first ones only.
    private const int MostCompared = 1000;

    /// <param name="written">Where each of the rules stands.</param>
    public static void Check(ImmutableArray<WrittenRule> written, ImmutableArray<Rule> rules, Findings findings)
    {
        var earlier = new List<(Match? Match, int Rule)>();
        for (var i = 0; i < rules.Length; i++)
        {
            var place = written[i];
            if (rules[i].Matches.IsEmpty)
            {
                if (TryFind(earlier, null, out var by))
                {
                    Report(written, i, by.Value, findings);
                }

                Remember(earlier, null, i);
                continue;
            }

            var shadows = rules[i].Matches.Select(match => TryFind(earlier, match, out var by) ? by : null).ToList();
            if (shadows.TrueForAll(by => by is not null))
            {
                Report(written, i, shadows[0]!.Value, findings);
            }
            else
            {
                for (var m = 0; m < shadows.Count; m++)
                {
                    if (shadows[m] is { } by)
                    {
                        findings.Add(
                            TranslationCodes.ShadowedMatch,
                            place.Owner,
                            place.MatchAt(m),
                            $"this match block of {place.Name} gets no requests, {written[by].Name} ({Location(written[by])}) takes them all;"
                                + " move the rule before that one, or remove the block",
                            place.Spec.Match[m].Location
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

    private static void Report(ImmutableArray<WrittenRule> written, int rule, int by, Findings findings) =>
        findings.Add(
            TranslationCodes.ShadowedRule,
            written[rule].Owner,
            written[rule].Path,
            $"{written[rule].Name} gets no requests, {written[by].Name} ({Location(written[by])}) comes first and takes them all;"
                + " move it before that one, or remove it",
            written[rule].Spec.Location
        );

    private static SourceLocation Location(WrittenRule rule) => rule.Spec.Location.Line > 0 ? rule.Spec.Location : rule.Owner.Location;

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
