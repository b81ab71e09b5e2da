using Mesh.Config.Specs;
using Mesh.Config.Validation;

namespace Mesh.Config.Reading;

/// <summary>Reads a RequestAuthentication.</summary>
internal static class RequestAuthenticationReader
{
    internal static RequestAuthenticationSpec ReadRoot(ObjectReader root) => root.Object("spec", Read) ?? new();

    // Of its rules the places are kept where somebody may look for a token.
    internal static RequestAuthenticationSpec Refused(RequestAuthenticationSpec spec, bool scopeIsSound) =>
        new()
        {
            Selector = scopeIsSound ? spec.Selector : StringMap.Empty<string>(),
            TargetRefs = scopeIsSound ? spec.TargetRefs : [],
            IsRefused = true,
            JwtRules =
            [
                .. spec
                    .JwtRules.Select(PlacesOf)
                    .Where(rule => rule.FromHeaders.Length + rule.FromParams.Length + rule.FromCookies.Length > 0),
            ],
        };

    private static TokenRuleSpec PlacesOf(TokenRuleSpec rule) =>
        new()
        {
            Issuer = "",
            Location = rule.Location,
            FromHeaders = [.. rule.FromHeaders.Where(header => Syntax.IsHeaderName(header.Name) && Syntax.IsHeaderValue(header.Prefix))],
            FromParams = [.. rule.FromParams.Where(name => name.Length > 0)],
            FromCookies = [.. rule.FromCookies.Where(name => name.Length > 0)],
        };

    private static RequestAuthenticationSpec Read(ObjectReader reader) =>
        new()
        {
            Selector = SecurityScopeReader.Selector(reader),
            TargetRefs = SecurityScopeReader.TargetRefs(reader),
            JwtRules = reader.List("jwtRules", ReadRule),
        };

    private static TokenRuleSpec ReadRule(ObjectReader reader)
    {
        reader.Exclusive("jwks", "jwksUri");
        return new()
        {
            Location = reader.Location,
            Issuer = reader.RequiredText("issuer"),
            Audiences = reader.Texts("audiences"),
            JwksUri = reader.Text("jwksUri"),
            Jwks = reader.Text("jwks"),
            FromHeaders = reader.List("fromHeaders", ReadHeader),
            FromParams = reader.Texts("fromParams"),
            FromCookies = reader.Texts("fromCookies"),
            OutputPayloadToHeader = reader.Text("outputPayloadToHeader"),
            ForwardOriginalToken = reader.Boolean("forwardOriginalToken") ?? false,
            OutputClaimToHeaders = reader.List("outputClaimToHeaders", ReadClaim),
            Timeout = reader.Duration("timeout"),
            SpaceDelimitedClaims = reader.Texts("spaceDelimitedClaims"),
        };
    }

    private static TokenHeaderSpec ReadHeader(ObjectReader reader) =>
        new() { Name = reader.RequiredText("name"), Prefix = reader.Text("prefix") ?? "" };

    private static ClaimHeaderSpec ReadClaim(ObjectReader reader) =>
        new() { Header = reader.RequiredText("header"), Claim = reader.RequiredText("claim") };
}
