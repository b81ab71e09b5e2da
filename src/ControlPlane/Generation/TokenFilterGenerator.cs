using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The filter that verifies tokens, as Istio sends it: a request without a token passes, one with a token that does not verify is refused.</summary>
internal static class TokenFilterGenerator
{
    // Istio's: the claims that RFC 8693 writes as words.
    private static readonly string[] Worded = ["permission", "scope"];

    /// <summary>None where no policy is for the workload.</summary>
    public static IEnumerable<Pb.HttpFilter> Http(InboundTokens tokens)
    {
        if (tokens.Rules.IsEmpty)
        {
            yield break;
        }

        var filter = new Pb.JwtAuthentication { BypassCorsPreflight = true };
        for (var i = 0; i < tokens.Rules.Length; i++)
        {
            filter.Providers.Add(NameOf(i), Provider(tokens.Rules[i].Rule, tokens.Rules[i].Keys));
        }

        filter.Rules.Add(new Pb.RequirementRule { Match = RouteMatchGenerator.Everything(), Requires = Requirement(tokens.Rules.Length) });
        yield return new Pb.HttpFilter { Name = ExtensionNames.JwtAuthentication, TypedConfig = Any.Pack(filter) };
    }

    // Several providers may look in one place, where each but one finds a token of another's issuer: any that verifies is enough.
    private static Pb.JwtRequirement Requirement(int count)
    {
        var optional = Enumerable.Range(0, count).Select(Optional).ToList();
        return count == 1
            ? optional[0]
            : new()
            {
                RequiresAny = new()
                {
                    Requirements =
                    {
                        Enumerable.Range(0, count).Select(i => new Pb.JwtRequirement { ProviderName = NameOf(i) }),
                        new Pb.JwtRequirement { RequiresAll = new() { Requirements = { optional } } },
                    },
                },
            };
    }

    private static Pb.JwtRequirement Optional(int index) =>
        new()
        {
            RequiresAny = new()
            {
                Requirements =
                {
                    new Pb.JwtRequirement { ProviderName = NameOf(index) },
                    new Pb.JwtRequirement { AllowMissing = new Empty() },
                },
            },
        };

    private static Pb.JwtProvider Provider(TokenRule rule, string keys) =>
        new()
        {
            Issuer = rule.Issuer,
            Audiences = { rule.Audiences },
            LocalJwks = new() { InlineString = keys },
            Forward = rule.Forwards,
            FromHeaders = { rule.FromHeaders.Select(header => new Pb.JwtHeader { Name = header.Name, ValuePrefix = header.Prefix }) },
            FromParams = { rule.FromParams },
            FromCookies = { rule.FromCookies },
            ForwardPayloadHeader = rule.PayloadHeader,
            PayloadInMetadata = "payload",
            ClaimToHeaders =
            {
                rule.ClaimHeaders.Select(output => new Pb.JwtClaimToHeader { HeaderName = output.Header, ClaimName = output.Claim }),
            },
            NormalizePayloadInMetadata = new() { SpaceDelimitedClaims = { Worded.Union(rule.Words) } },
        };

    private static string NameOf(int index) => "origins-" + index.ToString("D3", CultureInfo.InvariantCulture);
}
