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

            FindDuplicates(rules[i].Matches, place, findings);
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

    private static void FindDuplicates(ImmutableArray<Match> matches, WrittenRule place, Findings findings)
    {
        for (var m = 0; m < Math.Min(matches.Length, MostCompared); m++)
        {
            for (var other = 0; other < Math.Min(matches.Length, MostCompared); other++)
            {
                // Of two that take the same, the later is the one too many.
                if (
                    other != m
                    && MatchCoverage.Covers(matches[other], matches[m])
                    && (other < m || !MatchCoverage.Covers(matches[m], matches[other]))
                )
                {
                    findings.Add(
                        TranslationCodes.DuplicateMatch,
                        place.Owner,
                        place.MatchAt(m),
                        $"{place.MatchAt(other)} ({place.Spec.Match[other].Location}) of the same rule takes all that this block takes; remove this block,"
                            + " or what makes the other so wide",
                        place.Spec.Match[m].Location
                    );
                    break;
                }
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
