using System.Collections.Immutable;
using Mesh.Proxy.Security.Tokens;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: the filters that verify tokens, in the one shape that a control plane of Istio's kind sends: tokens are optional, and must verify where they are.</summary>
internal static class TokenRulesReader
{
    /// <summary>Null where there is no such filter.</summary>
    public static TokenRules? Read(IReadOnlyList<Pb.HttpFilter> filters, ProblemList problems)
    {
        TokenRules? rules = null;
        for (var i = 0; i < filters.Count; i++)
        {
            if (filters[i].Disabled || !PbReading.Is<Pb.JwtAuthentication>(filters[i].TypedConfig))
            {
                continue;
            }

            using var inFilter = problems.In("http_filters", i);
            if (rules is not null)
            {
                problems.Add("", $"is a second {ExtensionNames.JwtAuthentication}; one is supported, with all providers");
            }
            else if (PbReading.Unpack<Pb.JwtAuthentication>(filters[i].TypedConfig, "typed_config", problems) is { } filter)
            {
                rules = Read(filter, problems);
            }
        }

        return rules;
    }

    private static TokenRules Read(Pb.JwtAuthentication filter, ProblemList problems)
    {
        var providers = ImmutableArray.CreateBuilder<TokenProvider>();
        // By name: maps have no order on the wire, and of two issuers that are the same the first counts.
        foreach (var (name, provider) in filter.Providers.OrderBy(provider => provider.Key, StringComparer.Ordinal))
        {
            using var inProvider = problems.In($"providers[{name}]");
            providers.Add(Provider(provider, problems));
        }

        if (
            filter.Rules is not [{ RequirementTypeCase: Pb.RequirementRule.RequirementTypeOneofCase.Requires, Match.Prefix: "/" } rule]
            || !IsOptional(rule.Requires, filter.Providers.Keys.ToHashSet(StringComparer.Ordinal))
        )
        {
            problems.Add(
                "rules",
                "are not supported; write one for the prefix / whose requirement takes every provider's token, and none (allow_missing)"
            );
        }

        return new TokenRules(providers.ToImmutable(), filter.BypassCorsPreflight);
    }

    // {P, allow_missing}, or {P1, P2, …, all of {P1, allow_missing}, {P2, allow_missing}, …}.
    private static bool IsOptional(Pb.JwtRequirement requirement, HashSet<string> providers)
    {
        var any = requirement.RequiresAny?.Requirements;
        if (any is null || any.Count == 0 || !any.SkipLast(1).All(one => providers.Contains(one.ProviderName)))
        {
            return false;
        }

        var named = any.SkipLast(1).Select(one => one.ProviderName).ToHashSet(StringComparer.Ordinal);
        return named.SetEquals(providers)
            && any[^1] switch
            {
                { AllowMissing: not null } => named.Count == 1,
                { RequiresAll: { } all } => all.Requirements.All(one =>
                    one.RequiresAny?.Requirements is [{ ProviderName: var name }, { AllowMissing: not null }] && providers.Contains(name)
                ),
                _ => false,
            };
    }

    private static TokenProvider Provider(Pb.JwtProvider provider, ProblemList problems)
    {
        if (provider.JwksSourceSpecifierCase != Pb.JwtProvider.JwksSourceSpecifierOneofCase.LocalJwks)
        {
            problems.Add("jwks_source_specifier", "is not supported; send the keys as local_jwks");
        }

        ImmutableArray<TokenLocation> locations =
        [
            .. provider.FromHeaders.Select(header => new TokenLocation(
                TokenPlace.Header,
                header.Name.ToLowerInvariant(),
                header.ValuePrefix
            )),
            .. provider.FromParams.Select(name => new TokenLocation(TokenPlace.Parameter, name)),
            .. provider.FromCookies.Select(name => new TokenLocation(TokenPlace.Cookie, name)),
        ];
        return new TokenProvider
        {
            Issuer = provider.Issuer,
            Audiences = [.. provider.Audiences],
            Keys = Keys(provider.LocalJwks),
            Locations = locations.IsEmpty ? [TokenLocation.Bearer, TokenLocation.AccessToken] : locations,
            Forwards = provider.Forward,
            PayloadHeader = provider.ForwardPayloadHeader,
            ClaimHeaders = [.. provider.ClaimToHeaders.Select(header => new ClaimHeader(header.HeaderName, header.ClaimName))],
            WordedClaims = [.. provider.NormalizePayloadInMetadata?.SpaceDelimitedClaims ?? []],
            Skew = provider.ClockSkewSeconds == 0 ? TokenProvider.DefaultSkew : TimeSpan.FromSeconds(provider.ClockSkewSeconds),
        };
    }

    // Unusable keys are no reason to refuse a listener: they verify nothing.
    private static KeySet Keys(Pb.DataSource? source) =>
        source switch
        {
            { SpecifierCase: Pb.DataSource.SpecifierOneofCase.InlineString } => KeySet.Parse(
                System.Text.Encoding.UTF8.GetBytes(source.InlineString)
            ),
            { SpecifierCase: Pb.DataSource.SpecifierOneofCase.InlineBytes } => KeySet.Parse(source.InlineBytes.Memory),
            _ => new KeySet([]),
        };
}
