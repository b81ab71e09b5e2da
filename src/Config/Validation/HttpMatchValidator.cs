using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks one HTTP match block.</summary>
internal static class HttpMatchValidator
{
    internal static void Validate(HttpMatchSpec match, FieldPath path, ProblemList problems)
    {
        SharedChecks.Match(match.Uri, path.Field("uri"), problems);
        SharedChecks.Match(match.Scheme, path.Field("scheme"), problems);
        SharedChecks.Match(match.Method, path.Field("method"), problems);
        SharedChecks.Match(match.Authority, path.Field("authority"), problems);
        ValidateHeaders(match.Headers, path.Field("headers"), problems);
        ValidateHeaders(match.WithoutHeaders, path.Field("withoutHeaders"), problems);
        foreach (var (name, parameter) in match.QueryParams)
        {
            SharedChecks.Match(parameter, path.Field("queryParams").Key(name), problems);
        }
        SharedChecks.Labels(match.SourceLabels, path.Field("sourceLabels"), problems);
        SharedChecks.GatewayNames(match.Gateways, path.Field("gateways"), problems);
        if (match.SourceNamespace is { } ns && !Syntax.IsNamespace(ns))
        {
            problems.Add(DiagnosticCodes.InvalidName, path.Field("sourceNamespace"), $"is \"{ns}\", must be the name of a namespace");
        }
        if (match.IgnoreUriCase && match.Uri is { Kind: StringMatchKind.Regex })
        {
            problems.Add(
                DiagnosticCodes.IneffectiveSetting,
                path.Field("ignoreUriCase"),
                "has no effect on a regex; begin the regex with (?i)"
            );
        }
    }

    private static void ValidateHeaders(ImmutableSortedDictionary<string, StringMatchSpec> headers, FieldPath path, ProblemList problems)
    {
        foreach (var (name, match) in headers)
        {
            var at = path.Key(name);
            SharedChecks.Match(match, at, problems, match.Value == "*" ? "; write {} to ask for presence" : "");
            if (name is "uri" or "scheme" or "method" or "authority")
            {
                problems.Add(
                    DiagnosticCodes.IneffectiveSetting,
                    at,
                    $"is a header of that name; to match the request's {name} use {name} beside headers"
                );
            }
            if (name.Any(char.IsAsciiLetterUpper) && !name.StartsWith('@'))
            {
                problems.Add(DiagnosticCodes.Duplicate, at, "is given twice, once in another case; header names have no case");
            }
            if (!IsMatchable(name))
            {
                problems.Add(
                    DiagnosticCodes.InvalidHeader,
                    at,
                    $"is no header name: \"{name}\"; it may have letters, digits and any of !#$%&'*+-.^_`|~"
                );
            }
        }
    }

    // @request.auth.claims… is how gateways match claims of a token.
    private static bool IsMatchable(string name) =>
        name.StartsWith("@request.auth.claims", StringComparison.Ordinal)
        || name is ":method" or ":path" or ":scheme" or ":authority"
        || Syntax.IsHeaderName(name);
}
