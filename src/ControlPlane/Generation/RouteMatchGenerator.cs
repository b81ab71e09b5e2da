using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The conditions that a proxy decides per request. One spelling for all clients: the older header matchers, which all of them take.</summary>
internal static class RouteMatchGenerator
{
    /// <summary>A rule without matches.</summary>
    public static Pb.RouteMatch Everything() => new() { Prefix = "/" };

    public static bool IsEverything(Pb.RouteMatch match) =>
        match is { PathSpecifierCase: Pb.RouteMatch.PathSpecifierOneofCase.Prefix, Prefix: "/" }
        && match.Headers.Count == 0
        && match.QueryParameters.Count == 0
        && match.DynamicMetadata.Count == 0;

    public static Pb.RouteMatch Generate(Match match)
    {
        var result = PathOf(match);
        AddHeader(result, ":authority", match.Authority);
        AddHeader(result, ":method", match.Method);
        AddHeader(result, ":scheme", match.Scheme);
        foreach (var header in match.Headers.OrderBy(header => header.Name, StringComparer.Ordinal))
        {
            if (ClaimName.Is(header.Name))
            {
                result.DynamicMetadata.Add(ClaimMatchGenerator.Generate(header, invert: false));
                continue;
            }

            result.Headers.Add(Header(header.Name, header.Value));
        }

        foreach (var header in match.WithoutHeaders.OrderBy(header => header.Name, StringComparer.Ordinal))
        {
            if (ClaimName.Is(header.Name))
            {
                result.DynamicMetadata.Add(ClaimMatchGenerator.Generate(header, invert: true));
                continue;
            }

            var without = Header(header.Name, header.Value);
            without.InvertMatch = true;
            // A header that is not there has no forbidden value.
            without.TreatMissingHeaderAsEmpty = header.Value.Kind != StringMatchKind.Present;
            result.Headers.Add(without);
        }

        foreach (var parameter in match.QueryParameters.OrderBy(parameter => parameter.Name, StringComparer.Ordinal))
        {
            var matcher = new Pb.QueryParameterMatcher { Name = parameter.Name };
            if (parameter.Value.Kind == StringMatchKind.Present)
            {
                matcher.PresentMatch = true;
            }
            else
            {
                matcher.StringMatch = String(parameter.Value);
            }

            result.QueryParameters.Add(matcher);
        }

        return result;
    }

    public static Pb.RouteMatch PathOf(Match match)
    {
        var result = match.Path switch
        {
            { Kind: StringMatchKind.Exact } path => new Pb.RouteMatch { Path = path.Value },
            { Kind: StringMatchKind.Prefix } path => new Pb.RouteMatch { Prefix = path.Value },
            { Kind: StringMatchKind.Regex } path => new Pb.RouteMatch { SafeRegex = Regex(path.Value) },
            _ => Everything(),
        };

        // ignoreUriCase speaks of exact and prefix only.
        if (match.IgnorePathCase && match.Path is { Kind: StringMatchKind.Exact or StringMatchKind.Prefix })
        {
            result.CaseSensitive = false;
        }

        return result;
    }

    public static Pb.HeaderMatcher Header(string name, StringMatch value)
    {
        var matcher = new Pb.HeaderMatcher { Name = name };
        switch (value.Kind)
        {
            case StringMatchKind.Exact:
                matcher.ExactMatch = value.Value;
                break;
            case StringMatchKind.Prefix:
                matcher.PrefixMatch = value.Value;
                break;
            case StringMatchKind.Regex:
                matcher.SafeRegexMatch = Regex(value.Value);
                break;
            default:
                matcher.PresentMatch = true;
                break;
        }

        return matcher;
    }

    public static Pb.RegexMatcher Regex(string pattern) => new() { Regex = pattern };

    private static void AddHeader(Pb.RouteMatch match, string name, StringMatch? value)
    {
        if (value is not null)
        {
            match.Headers.Add(Header(name, value));
        }
    }

    public static Pb.StringMatcher String(StringMatch value) =>
        value.Kind switch
        {
            StringMatchKind.Exact => new() { Exact = value.Value },
            StringMatchKind.Prefix => new() { Prefix = value.Value },
            _ => new() { SafeRegex = Regex(value.Value) },
        };
}
