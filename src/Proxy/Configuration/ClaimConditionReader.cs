using Mesh.Proxy.Routing;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;
using ValueMatch = Mesh.Proxy.Routing.ValueMatch;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: a route's question about dynamic metadata, where the verified token's payload is the only metadata that requests have.</summary>
internal static class ClaimConditionReader
{
    private const string Filter = ExtensionNames.JwtAuthentication;
    private const string Payload = "payload";

    public static ClaimCondition? Read(Pb.MetadataMatcher matcher, ProblemList problems)
    {
        if (matcher.Filter != Filter || matcher.Path.Count < 2 || matcher.Path[0].Key != Payload)
        {
            problems.Add(
                "",
                $"asks for '{matcher.Filter}' '{string.Join('.', matcher.Path.Select(segment => segment.Key))}'; "
                    + $"only claims of a token are known: filter '{Filter}', path '{Payload}' and the claim's name"
            );
            return null;
        }

        return Match(matcher.Value, problems) is { } match
            ? new ClaimCondition([.. matcher.Path.Skip(1).Select(segment => segment.Key)], match, matcher.Invert)
            : null;
    }

    // A claim may be a text or a list of texts, and the condition takes both, so that the wire's two halves are one.
    private static ValueMatch? Match(Pb.ValueMatcher? value, ProblemList problems)
    {
        switch (value?.MatchPatternCase)
        {
            case Pb.ValueMatcher.MatchPatternOneofCase.PresentMatch when value.PresentMatch:
                return ValueMatch.Present;
            case Pb.ValueMatcher.MatchPatternOneofCase.StringMatch:
                return RouteMatchReader.Text(value.StringMatch, problems);
            case Pb.ValueMatcher.MatchPatternOneofCase.ListMatch:
                return Match(value.ListMatch.OneOf, problems);
            case Pb.ValueMatcher.MatchPatternOneofCase.OrMatch when IsTextOrList(value.OrMatch):
                return Match(value.OrMatch.ValueMatchers[0], problems);
            default:
                problems.Add("value", "is not supported; ask for a text, for a list that has it, for either of the two, or for presence");
                return null;
        }
    }

    private static bool IsTextOrList(Pb.OrMatcher or) =>
        or.ValueMatchers is [{ StringMatch: { } text }, { ListMatch.OneOf.StringMatch: { } item }] && text.Equals(item);
}
