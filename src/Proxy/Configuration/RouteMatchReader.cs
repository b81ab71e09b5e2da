using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Mesh.Proxy.Routing;
using Mesh.Text;
using Pb = Mesh.Xds.Pb;
using ValueMatch = Mesh.Proxy.Routing.ValueMatch;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: what a route asks of a request.</summary>
internal static class RouteMatchReader
{
    public static RouteConditions Read(Pb.RouteMatch? match, ProblemList problems)
    {
        using var inMatch = problems.In("match");
        if (match is null)
        {
            problems.Add("", "is missing; a route without it would take nothing");
            return RouteConditions.Any;
        }

        var others = ImmutableArray.CreateBuilder<RouteCondition>();
        for (var i = 0; i < match.Headers.Count; i++)
        {
            using var inHeader = problems.In("headers", i);
            if (Header(match.Headers[i], problems) is { } condition)
            {
                others.Add(condition);
            }
        }

        for (var i = 0; i < match.QueryParameters.Count; i++)
        {
            using var inParameter = problems.In("query_parameters", i);
            if (Query(match.QueryParameters[i], problems) is { } condition)
            {
                others.Add(condition);
            }
        }

        for (var i = 0; i < match.DynamicMetadata.Count; i++)
        {
            using var inClaim = problems.In("dynamic_metadata", i);
            if (ClaimConditionReader.Read(match.DynamicMetadata[i], problems) is { } condition)
            {
                others.Add(condition);
            }
        }

        if (match.Grpc is not null)
        {
            others.Add(GrpcCondition.Instance);
        }

        if (match.RuntimeFraction?.DefaultValue is { } fraction)
        {
            others.Add(new FractionCondition(fraction.Numerator, Denominator(fraction), Random.Shared));
        }

        return new RouteConditions(Path(match, problems), others.ToImmutable());
    }

    /// <summary>The compiled regex, or null with a problem.</summary>
    public static Regex? FullMatch(Pb.RegexMatcher? matcher, string field, ProblemList problems)
    {
        if (matcher is null || matcher.Regex.Length == 0)
        {
            problems.Add(field, "has no regex");
            return null;
        }

        if (Re2Pattern.TryTranslate(matcher.Regex, out var pattern, out var error))
        {
            return Compile(pattern, matcher.Regex, field, problems);
        }

        problems.Add(field, $"'{matcher.Regex}' {error}");
        return null;
    }

    /// <summary>The regex of a translated pattern; null with a problem where the engine refuses its automaton.</summary>
    public static Regex? Compile(string pattern, string written, string field, ProblemList problems)
    {
        try
        {
            return new Regex(pattern, Re2Pattern.Options);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            problems.Add(field, $"'{written}' is too large or too complex to be matched in linear time");
            return null;
        }
    }

    private static uint Denominator(Pb.FractionalPercent fraction) =>
        fraction.Denominator switch
        {
            Pb.FractionalPercent.Types.DenominatorType.TenThousand => 10_000,
            Pb.FractionalPercent.Types.DenominatorType.Million => 1_000_000,
            _ => 100,
        };

    private static PathCondition? Path(Pb.RouteMatch match, ProblemList problems)
    {
        var ignoreCase = match.CaseSensitive is false;
        switch (match.PathSpecifierCase)
        {
            case Pb.RouteMatch.PathSpecifierOneofCase.Prefix:
                // Every path begins with a slash: asking for it, or for nothing, asks nothing.
                return match.Prefix is "" or "/" ? null : new PathCondition(PathMatchKind.Prefix, match.Prefix, ignoreCase);
            case Pb.RouteMatch.PathSpecifierOneofCase.Path:
                return new PathCondition(PathMatchKind.Exact, match.Path, ignoreCase);
            case Pb.RouteMatch.PathSpecifierOneofCase.PathSeparatedPrefix:
                return new PathCondition(PathMatchKind.SeparatedPrefix, match.PathSeparatedPrefix, ignoreCase);
            case Pb.RouteMatch.PathSpecifierOneofCase.SafeRegex:
                return FullMatch(match.SafeRegex, "safe_regex", problems) is { } regex
                    ? new PathCondition(regex, match.SafeRegex.Regex)
                    : null;
            default:
                problems.Add(
                    "path_specifier",
                    $"{match.PathSpecifierCase} is not supported; use prefix, path, path_separated_prefix or safe_regex"
                );
                return null;
        }
    }

    public static HeaderCondition? Header(Pb.HeaderMatcher matcher, ProblemList problems)
    {
        if (matcher.Name.Length == 0)
        {
            problems.Add("name", "is empty");
            return null;
        }

        var value = matcher.HeaderMatchSpecifierCase switch
        {
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.ExactMatch => ValueMatch.Exact(matcher.ExactMatch),
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.PrefixMatch => ValueMatch.Prefix(matcher.PrefixMatch),
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.SuffixMatch => ValueMatch.Suffix(matcher.SuffixMatch),
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.ContainsMatch => ValueMatch.Contains(matcher.ContainsMatch),
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.RangeMatch => ValueMatch.Range(matcher.RangeMatch.Start, matcher.RangeMatch.End),
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.SafeRegexMatch => Regex(matcher.SafeRegexMatch, "safe_regex_match", problems),
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.StringMatch => Text(matcher.StringMatch, problems),
            // Envoy: without a specifier, presence is asked for.
            _ => ValueMatch.Present,
        };
        // present_match: false asks for absence, which inverting turns round again.
        var absent =
            matcher.HeaderMatchSpecifierCase == Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.PresentMatch && !matcher.PresentMatch;
        return value is null
            ? null
            : new HeaderCondition(matcher.Name, value, matcher.InvertMatch != absent, matcher.TreatMissingHeaderAsEmpty);
    }

    private static QueryCondition? Query(Pb.QueryParameterMatcher matcher, ProblemList problems)
    {
        var value = matcher.QueryParameterMatchSpecifierCase switch
        {
            Pb.QueryParameterMatcher.QueryParameterMatchSpecifierOneofCase.StringMatch => Text(matcher.StringMatch, problems),
            _ => ValueMatch.Present,
        };
        if (matcher.Name.Length == 0)
        {
            problems.Add("name", "is empty");
        }

        if (
            matcher.QueryParameterMatchSpecifierCase == Pb.QueryParameterMatcher.QueryParameterMatchSpecifierOneofCase.PresentMatch
            && !matcher.PresentMatch
        )
        {
            problems.Add("present_match", "false is not supported");
        }

        return value is null ? null : new QueryCondition(matcher.Name, value);
    }

    public static ValueMatch? Text(Pb.StringMatcher matcher, ProblemList problems)
    {
        switch (matcher.MatchPatternCase)
        {
            case Pb.StringMatcher.MatchPatternOneofCase.Exact:
                return ValueMatch.Exact(matcher.Exact, matcher.IgnoreCase);
            case Pb.StringMatcher.MatchPatternOneofCase.Prefix:
                return ValueMatch.Prefix(matcher.Prefix, matcher.IgnoreCase);
            case Pb.StringMatcher.MatchPatternOneofCase.Suffix:
                return ValueMatch.Suffix(matcher.Suffix, matcher.IgnoreCase);
            case Pb.StringMatcher.MatchPatternOneofCase.Contains:
                return ValueMatch.Contains(matcher.Contains, matcher.IgnoreCase);
            case Pb.StringMatcher.MatchPatternOneofCase.SafeRegex:
                return Regex(matcher.SafeRegex, "string_match.safe_regex", problems);
            default:
                problems.Add("string_match", "has no pattern");
                return null;
        }
    }

    private static ValueMatch? Regex(Pb.RegexMatcher matcher, string field, ProblemList problems) =>
        FullMatch(matcher, field, problems) is { } regex ? ValueMatch.Regex(regex, matcher.Regex) : null;
}
