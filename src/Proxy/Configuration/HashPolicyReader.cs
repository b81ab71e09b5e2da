using System.Collections.Immutable;
using System.Text;
using Mesh.Proxy.Routing;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: what of a route's requests decides their endpoint.</summary>
internal static class HashPolicyReader
{
    /// <summary>Null for routes without any term that this proxy knows.</summary>
    public static HashPolicy? Read(IReadOnlyList<Pb.RouteAction.Types.HashPolicy> policies, ProblemList problems)
    {
        var terms = ImmutableArray.CreateBuilder<HashTerm>();
        for (var i = 0; i < policies.Count; i++)
        {
            using var inPolicy = problems.In("hash_policy", i);
            if (Term(policies[i], problems) is { } term)
            {
                terms.Add(term);
            }
        }

        return terms.Count == 0 ? null : new HashPolicy(terms.ToImmutable());
    }

    private static HashTerm? Term(Pb.RouteAction.Types.HashPolicy policy, ProblemList problems)
    {
        switch (policy.PolicySpecifierCase)
        {
            case Pb.RouteAction.Types.HashPolicy.PolicySpecifierOneofCase.Header:
                if (policy.Header.RegexRewrite is not null)
                {
                    problems.Note("header.regex_rewrite", "is not supported; the whole value is hashed");
                }

                return Named(HashTermKind.Header, policy.Header.HeaderName.ToLowerInvariant(), "header.header_name", policy, problems);
            case Pb.RouteAction.Types.HashPolicy.PolicySpecifierOneofCase.QueryParameter:
                return Named(HashTermKind.QueryParameter, policy.QueryParameter.Name, "query_parameter.name", policy, problems);
            case Pb.RouteAction.Types.HashPolicy.PolicySpecifierOneofCase.ConnectionProperties:
                return policy.ConnectionProperties.SourceIp
                    ? new HashTerm { Kind = HashTermKind.SourceIp, Terminal = policy.Terminal }
                    : null;
            case Pb.RouteAction.Types.HashPolicy.PolicySpecifierOneofCase.Cookie:
                return Cookie(policy, problems);
            default:
                problems.Note("policy_specifier", $"{policy.PolicySpecifierCase} is not supported and takes no part in the hash");
                return null;
        }
    }

    private static HashTerm? Cookie(Pb.RouteAction.Types.HashPolicy policy, ProblemList problems)
    {
        var cookie = policy.Cookie;
        if (Named(HashTermKind.Cookie, cookie.Name, "cookie.name", policy, problems) is not { } term)
        {
            return null;
        }

        var attributes = new StringBuilder();
        foreach (var attribute in cookie.Attributes)
        {
            Check(attribute.Name, "cookie.attributes.name", problems);
            Check(attribute.Value, "cookie.attributes.value", problems);
            attributes.Append("; ").Append(attribute.Name);
            if (attribute.Value.Length > 0)
            {
                attributes.Append('=').Append(attribute.Value);
            }
        }

        Check(cookie.Name, "cookie.name", problems);
        Check(cookie.Path, "cookie.path", problems);
        return new HashTerm
        {
            Kind = term.Kind,
            Name = term.Name,
            Terminal = term.Terminal,
            CookieTtl = cookie.Ttl is null ? null : PbReading.Duration(cookie.Ttl, TimeSpan.Zero, "cookie.ttl", problems),
            CookiePath = cookie.Path,
            CookieAttributes = attributes.ToString(),
        };
    }

    private static HashTerm? Named(
        HashTermKind kind,
        string name,
        string field,
        Pb.RouteAction.Types.HashPolicy policy,
        ProblemList problems
    )
    {
        if (name.Length > 0)
        {
            return new HashTerm
            {
                Kind = kind,
                Name = name,
                Terminal = policy.Terminal,
            };
        }

        problems.Add(field, "is empty; name what is to be hashed");
        return null;
    }

    // What becomes part of Set-Cookie: a ';' or a line break in it would begin something else (RFC 6265 4.1.1).
    private static void Check(string text, string field, ProblemList problems)
    {
        if (text.Any(c => c is ';' or < ' ' or > '~'))
        {
            problems.Add(field, $"'{text}' has a character that may not stand in Set-Cookie");
        }
    }
}
