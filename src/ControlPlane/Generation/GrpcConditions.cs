using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Mesh.ControlPlane.Model;
using Match = Mesh.ControlPlane.Model.Match;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// A match in the smaller language of gRPC libraries. What they cannot see (method, scheme, authority, query) is the same for every call they
/// make, so it is decided here; what they see differently (a forbidden value of an absent header) is spelled out as several routes.
/// </summary>
internal static class GrpcConditions
{
    // Every forbidden value doubles the routes.
    private const int MostForbiddenValues = 6;

    /// <summary>
    /// The routes' conditions, any of which must hold; none where no call can match. Null where it cannot be decided: who asks must then not
    /// let such calls through to the next rule.
    /// </summary>
    /// <param name="authority">What the calls carry as authority: the name dialled.</param>
    public static ImmutableArray<Pb.RouteMatch>? Generate(Match match, string authority)
    {
        // Nobody verifies the tokens of these calls, so that they have no claims.
        if (match.Headers.Any(header => ClaimName.Is(header.Name)))
        {
            return [];
        }

        // gRPC calls are POST requests without a query: a parameter that must be there, or have a value, never is.
        if (match.QueryParameters.Length > 0)
        {
            return [];
        }

        bool?[] facts = [Holds(match.Method, "POST"), Holds(match.Scheme, "http"), Holds(match.Authority, authority)];
        if (facts.Contains(false))
        {
            return [];
        }

        var unwanted = match.WithoutHeaders.Where(header => !ClaimName.Is(header.Name)).ToArray();
        var forbidden = unwanted.Where(header => header.Value.Kind != StringMatchKind.Present).ToArray();
        if (facts.Contains(null) || forbidden.Length > MostForbiddenValues)
        {
            return null;
        }

        var plain = RouteMatchGenerator.PathOf(match);
        plain.Headers.AddRange(
            match
                .Headers.OrderBy(header => header.Name, StringComparer.Ordinal)
                .Select(header => RouteMatchGenerator.Header(header.Name, header.Value))
        );
        plain.Headers.AddRange(
            unwanted.Except(forbidden).OrderBy(header => header.Name, StringComparer.Ordinal).Select(header => Absent(header.Name))
        );

        List<Pb.RouteMatch> alternatives = [plain];
        foreach (var header in forbidden.OrderBy(header => header.Name, StringComparer.Ordinal))
        {
            var other = RouteMatchGenerator.Header(header.Name, header.Value);
            other.InvertMatch = true;
            // Absent counts as empty. In gRPC an absent header fails every value matcher, an inverted one too.
            var absentIsFine = Holds(header.Value, "") == false;
            alternatives =
            [
                .. alternatives.SelectMany(alternative =>
                    absentIsFine ? [With(alternative, Absent(header.Name)), With(alternative, other)] : new[] { With(alternative, other) }
                ),
            ];
        }

        return [.. alternatives];
    }

    private static Pb.HeaderMatcher Absent(string name) =>
        new()
        {
            Name = name,
            PresentMatch = true,
            InvertMatch = true,
        };

    private static Pb.RouteMatch With(Pb.RouteMatch match, Pb.HeaderMatcher header)
    {
        var copy = match.Clone();
        copy.Headers.Add(header.Clone());
        return copy;
    }

    /// <summary>Whether a value meets a condition; null where the condition is beyond what this process can read.</summary>
    private static bool? Holds(StringMatch? condition, string value)
    {
        switch (condition?.Kind)
        {
            case null or StringMatchKind.Present:
                return true;
            case StringMatchKind.Exact:
                return string.Equals(condition.Value, value, StringComparison.Ordinal);
            case StringMatchKind.Prefix:
                return value.StartsWith(condition.Value, StringComparison.Ordinal);
            default:
                try
                {
                    var pattern = condition.Value.Replace("(?P<", "(?<", StringComparison.Ordinal);
                    return Regex.IsMatch(value, $@"\A(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
                }
                catch (Exception e) when (e is ArgumentException or NotSupportedException)
                {
                    return null;
                }
        }
    }
}
