using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads a RequestAuthentication.</summary>
internal static class RequestAuthenticationReader
{
    internal static RequestAuthenticationSpec ReadRoot(ObjectReader root) => root.Object("spec", Read) ?? new();

    internal static RequestAuthenticationSpec Refused(RequestAuthenticationSpec spec, bool scopeIsSound) =>
        scopeIsSound
            ? new()
            {
                Selector = spec.Selector,
                TargetRefs = spec.TargetRefs,
                IsRefused = true,
            }
            : new() { IsRefused = true };

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
