using System.Collections.Immutable;
using Mesh.Config.Specs;
using Mesh.Text;

namespace Mesh.Config.Validation;

/// <summary>Checks header edits.</summary>
internal static class HeaderValidator
{
    internal static void Validate(HeadersSpec? headers, FieldPath path, ProblemList problems)
    {
        Validate(headers?.Request, path.Field("request"), true, problems);
        Validate(headers?.Response, path.Field("response"), false, problems);
    }

    /// <summary>The authority may be set once: by rewrite, or by one header edit of the rule.</summary>
    internal static void ValidateAuthority(HttpRouteSpec rule, FieldPath path, ProblemList problems)
    {
        var edits = path.Field("headers").Field("request");
        var places = Authorities(rule.Headers?.Request, edits).ToList();
        if (rule.Rewrite?.Authority is not null)
        {
            places.Insert(0, path.Field("rewrite").Field("authority"));
        }
        foreach (var place in places.Skip(1))
        {
            problems.Add(
                DiagnosticCodes.AuthoritySetTwice,
                place,
                $"sets the authority, which {places[0]} sets already; remove one of them"
            );
        }
    }

    private static IEnumerable<FieldPath> Authorities(HeaderOperationsSpec? operations, FieldPath path)
    {
        var set = operations?.Set.Keys.Where(IsAuthority).Select(name => path.Field("set").Key(name)) ?? [];
        var add = operations?.Add.Keys.Where(IsAuthority).Select(name => path.Field("add").Key(name)) ?? [];
        return set.Concat(add);
    }

    private static void Validate(HeaderOperationsSpec? operations, FieldPath path, bool isRequest, ProblemList problems)
    {
        if (operations is null)
        {
            return;
        }
        Validate(operations.Set, path.Field("set"), isRequest, problems);
        Validate(operations.Add, path.Field("add"), isRequest, problems);
        for (var i = 0; i < operations.Remove.Length; i++)
        {
            ValidateName(operations.Remove[i], path.Field("remove").Index(i), false, problems);
        }
    }

    private static void Validate(ImmutableSortedDictionary<string, string> edits, FieldPath path, bool isRequest, ProblemList problems)
    {
        foreach (var (name, value) in edits)
        {
            ValidateName(name, path.Key(name), isRequest, problems);
            if (!Syntax.IsHeaderValue(value))
            {
                problems.Add(
                    DiagnosticCodes.InvalidHeader,
                    path.Key(name),
                    "has a control character in its value; header values are one line"
                );
            }
            else if (!IsAuthority(name) && !FormatSyntax.TryParse(value, out _, out var error))
            {
                problems.Add(DiagnosticCodes.InvalidFormat, path.Key(name), error);
            }
        }
    }

    private static void ValidateName(string name, FieldPath path, bool mayBeAuthority, ProblemList problems)
    {
        if (IsAuthority(name))
        {
            if (!mayBeAuthority)
            {
                problems.Add(DiagnosticCodes.InvalidHeader, path, $"is {name}, which can only be set, and only on requests");
            }
        }
        else if (name.StartsWith(':'))
        {
            problems.Add(
                DiagnosticCodes.InvalidHeader,
                path,
                $"is the pseudo-header {name}, which cannot be edited; use rewrite for path and authority"
            );
        }
        else if (!Syntax.IsHeaderName(name))
        {
            problems.Add(
                DiagnosticCodes.InvalidHeader,
                path,
                $"is no header name: \"{name}\"; it may have letters, digits and any of !#$%&'*+-.^_`|~"
            );
        }
    }

    private static bool IsAuthority(string name) => name == ":authority" || name.Equals("host", StringComparison.OrdinalIgnoreCase);
}
