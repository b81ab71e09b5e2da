using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks a RequestAuthentication: every rule must be able to verify a token, and to find one.</summary>
internal static class RequestAuthenticationValidator
{
    internal static void Validate(RequestAuthenticationSpec spec, FieldPath path, ProblemList problems)
    {
        SecurityScopeValidator.Validate(spec.Selector, spec.TargetRefs, path, problems);
        for (var i = 0; i < spec.JwtRules.Length; i++)
        {
            ValidateRule(spec.JwtRules[i], path.Field("jwtRules").Index(i), problems);
        }
    }

    private static void ValidateRule(TokenRuleSpec rule, FieldPath path, ProblemList problems)
    {
        if (rule.Issuer.Length == 0)
        {
            problems.Add(DiagnosticCodes.EmptyValue, path.Field("issuer"), "is empty; write what the claim iss of the tokens says");
        }
        ValidateTexts(rule.Audiences, path.Field("audiences"), "an audience", problems);
        ValidateKeys(rule, path, problems);
        for (var i = 0; i < rule.FromHeaders.Length; i++)
        {
            ValidateHeader(rule.FromHeaders[i].Name, path.Field("fromHeaders").Index(i).Field("name"), problems);
            if (!Syntax.IsHeaderValue(rule.FromHeaders[i].Prefix))
            {
                problems.Add(
                    DiagnosticCodes.InvalidHeader,
                    path.Field("fromHeaders").Index(i).Field("prefix"),
                    "has a control character; header values are one line"
                );
            }
        }
        ValidateTexts(rule.FromParams, path.Field("fromParams"), "a query parameter", problems);
        ValidateTexts(rule.FromCookies, path.Field("fromCookies"), "a cookie", problems);
        ValidateTexts(rule.SpaceDelimitedClaims, path.Field("spaceDelimitedClaims"), "a claim", problems);
        if (rule.OutputPayloadToHeader is { } payload)
        {
            ValidateHeader(payload, path.Field("outputPayloadToHeader"), problems);
        }
        for (var i = 0; i < rule.OutputClaimToHeaders.Length; i++)
        {
            var at = path.Field("outputClaimToHeaders").Index(i);
            ValidateHeader(rule.OutputClaimToHeaders[i].Header, at.Field("header"), problems);
            if (rule.OutputClaimToHeaders[i].Claim.Length == 0)
            {
                problems.Add(DiagnosticCodes.EmptyValue, at.Field("claim"), "is empty; name a claim, nested ones joined by dots");
            }
        }
        SharedChecks.Unique(
            rule.OutputClaimToHeaders.Select(output => output.Header),
            path.Field("outputClaimToHeaders"),
            problems,
            output => output.Field("header")
        );
    }

    private static void ValidateKeys(TokenRuleSpec rule, FieldPath path, ProblemList problems)
    {
        if (rule.JwksUri is { } uri && !IsHttp(uri))
        {
            problems.Add(
                DiagnosticCodes.InvalidKeys,
                path.Field("jwksUri"),
                $"is \"{uri}\", must be the URL of a JWK set, http:// or https://, without user name"
            );
        }
        if (rule.Jwks is { } keys && Problem(keys) is { } problem)
        {
            problems.Add(DiagnosticCodes.InvalidKeys, path.Field("jwks"), $"{problem}; give a JWK set (RFC 7517): {{\"keys\": [ … ]}}");
        }
        if (rule is { Jwks: null, JwksUri: null } && rule.Issuer.Length > 0 && !IsHttp(rule.Issuer))
        {
            problems.Add(
                DiagnosticCodes.NoKeySource,
                path.Field("issuer"),
                $"is \"{rule.Issuer}\", which is no URL that OpenID discovery could begin at, and there is neither jwks nor jwksUri: all tokens of this"
                    + " issuer are refused; give one of the two"
            );
        }
    }

    private static bool IsHttp(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.Host.Length > 0
        && uri.UserInfo.Length == 0;

    private static string? Problem(string keys)
    {
        try
        {
            using var document = JsonDocument.Parse(keys);
            if (
                document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("keys", out var list)
                || list.ValueKind != JsonValueKind.Array
            )
            {
                return "has no list of keys";
            }
            return list.EnumerateArray().Any(IsPublicKey) ? null : "has no RSA or EC key";
        }
        catch (JsonException)
        {
            return "is not JSON";
        }
    }

    private static bool IsPublicKey(JsonElement key) =>
        key.ValueKind == JsonValueKind.Object
        && key.TryGetProperty("kty", out var kind)
        && kind.ValueKind == JsonValueKind.String
        && (kind.ValueEquals("RSA") || kind.ValueEquals("EC"));

    private static void ValidateHeader(string name, FieldPath path, ProblemList problems)
    {
        if (!Syntax.IsHeaderName(name))
        {
            problems.Add(
                DiagnosticCodes.InvalidHeader,
                path,
                $"is no header name: \"{name}\"; it may have letters, digits and any of !#$%&'*+-.^_`|~"
            );
        }
    }

    private static void ValidateTexts(ImmutableArray<string> texts, FieldPath path, string what, ProblemList problems)
    {
        for (var i = 0; i < texts.Length; i++)
        {
            if (texts[i].Length == 0)
            {
                problems.Add(DiagnosticCodes.EmptyValue, path.Index(i), $"is empty; name {what}, or remove it");
            }
        }
    }
}
