using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>RequestAuthentications, with the keys that were fetched for them.</summary>
internal static class TokenTranslator
{
    /// <summary>All policies by namespace and name. Those whose objects did not change keep their rules by reference.</summary>
    public static (TokenSet Tokens, ImmutableArray<Diagnostic> Diagnostics) Translate(ObjectSet objects, KeySets keys, TokenSet? previous)
    {
        var findings = new Findings();
        if (objects.RequestAuthentications.IsEmpty)
        {
            return (TokenSet.Empty, findings.ToImmutable());
        }

        var services = objects.Services.ToFrozenDictionary(service => service.Key, service => service.Spec);
        ImmutableArray<TokenPolicy> policies =
        [
            .. objects
                .RequestAuthentications.OrderBy(item => item.Key.Namespace, StringComparer.Ordinal)
                .ThenBy(item => item.Key.Name, StringComparer.Ordinal)
                .Select(item => Policy(item, services, findings)),
        ];
        foreach (var item in objects.RequestAuthentications)
        {
            TellOfKeys(item, keys, findings);
        }

        policies = Kept(policies, previous);
        var used = Used(policies, keys, previous);
        return (
            previous is not null && References.Same(previous.Policies, policies) && ReferenceEquals(previous.Keys, used)
                ? previous
                : new(policies, used),
            findings.ToImmutable()
        );
    }

    /// <summary>Where the keys of a rule are fetched; null where they are given, or nowhere to be found.</summary>
    public static KeySource? FetchOf(TokenRuleSpec rule) =>
        rule.Jwks is not null ? null
        : rule.JwksUri is { } uri ? new(uri, false, rule.Timeout ?? KeySource.DefaultTimeout)
        : Uri.TryCreate(rule.Issuer, UriKind.Absolute, out var issuer) && issuer.Scheme is "http" or "https"
            ? new(rule.Issuer, true, rule.Timeout ?? KeySource.DefaultTimeout)
        : null;

    private static TokenPolicy Policy(
        ConfigObject<RequestAuthenticationSpec> item,
        FrozenDictionary<ObjectKey, ServiceSpec> services,
        Findings findings
    ) =>
        new(
            item.Key.Namespace,
            item.Key.Name,
            PolicySelectors.Of(item, item.Spec.Selector, item.Spec.TargetRefs, services, findings),
            // Nobody knows what the refused one would have taken, so nothing is taken that nobody has verified: neither where tokens usually are, nor
            // where it would have looked.
            item.Spec.IsRefused
                ? [new TokenRule("", null, null), .. item.Spec.JwtRules.Select(Rule)]
                : [.. item.Spec.JwtRules.Select(Rule)],
            HostNames.Source(item)
        );

    private static TokenRule Rule(TokenRuleSpec rule) =>
        new(
            rule.Issuer,
            rule.Jwks is { } keys ? KeySetText.Clean(Encoding.UTF8.GetBytes(keys), out _) ?? KeySetText.None : null,
            FetchOf(rule)
        )
        {
            Audiences = rule.Audiences,
            FromHeaders = [.. rule.FromHeaders.Select(header => new TokenHeader(header.Name, header.Prefix))],
            FromParams = rule.FromParams,
            FromCookies = rule.FromCookies,
            PayloadHeader = rule.OutputPayloadToHeader ?? "",
            Forwards = rule.ForwardOriginalToken,
            ClaimHeaders = [.. rule.OutputClaimToHeaders.Select(output => new TokenClaimHeader(output.Header, output.Claim))],
            Words = rule.SpaceDelimitedClaims,
        };

    private static void TellOfKeys(ConfigObject<RequestAuthenticationSpec> item, KeySets keys, Findings findings)
    {
        for (var i = 0; i < item.Spec.JwtRules.Length; i++)
        {
            var rule = item.Spec.JwtRules[i];
            if (FetchOf(rule) is not { } source || keys.Of(source) is not { Problem: { } problem } fetched)
            {
                continue;
            }

            findings.Add(
                TranslationCodes.KeysNotFetched,
                item,
                FieldPath.Root.Field("spec").Field("jwtRules").Index(i).Field(source.IsDiscovery ? "issuer" : "jwksUri"),
                $"keys could not be fetched from {source}: {problem}; "
                    + (
                        fetched.Keys is null
                            ? "until they are, all tokens of this issuer are refused"
                            : "those fetched before stay in force"
                    ),
                rule.Location
            );
        }
    }

    private static ImmutableArray<TokenPolicy> Kept(ImmutableArray<TokenPolicy> now, TokenSet? previous)
    {
        if (previous is null)
        {
            return now;
        }

        var before = previous.Policies.ToDictionary(policy => (policy.Namespace, policy.Name));
        return
        [
            .. now.Select(policy => before.TryGetValue((policy.Namespace, policy.Name), out var old) && IsSame(old, policy) ? old : policy),
        ];
    }

    private static bool IsSame(TokenPolicy old, TokenPolicy now) =>
        old.Source == now.Source && old.Selectors.SequenceEqual(now.Selectors) && old.Rules.SequenceEqual(now.Rules, RuleComparer.Instance);

    // What changed of keys that no policy asks for, and why an attempt failed, are no reason to publish anything.
    private static KeySets Used(ImmutableArray<TokenPolicy> policies, KeySets keys, TokenSet? previous)
    {
        var used = new TokenSet(policies, keys).Sources();
        return
            previous is not null
            && used.SequenceEqual(previous.Sources())
            && used.All(source => ReferenceEquals(keys.Of(source)?.Keys, previous.Keys.Of(source)?.Keys))
            ? previous.Keys
            : keys;
    }

    private sealed class RuleComparer : IEqualityComparer<TokenRule>
    {
        public static RuleComparer Instance { get; } = new();

        public bool Equals(TokenRule? x, TokenRule? y) =>
            x is not null
            && y is not null
            && (x.Issuer, x.Keys, x.Fetch, x.PayloadHeader, x.Forwards) == (y.Issuer, y.Keys, y.Fetch, y.PayloadHeader, y.Forwards)
            && x.Audiences.SequenceEqual(y.Audiences)
            && x.FromHeaders.SequenceEqual(y.FromHeaders)
            && x.FromParams.SequenceEqual(y.FromParams)
            && x.FromCookies.SequenceEqual(y.FromCookies)
            && x.ClaimHeaders.SequenceEqual(y.ClaimHeaders)
            && x.Words.SequenceEqual(y.Words);

        public int GetHashCode(TokenRule rule) => rule.Issuer.GetHashCode(StringComparison.Ordinal);
    }
}
