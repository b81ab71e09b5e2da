using System.Collections.Immutable;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// Principals as the mesh's trust domains write them: who says one of them means all, and <c>cluster.local</c> means them whatever they are called
/// (Istio, trust domain migration). Another mesh's principals, and those that leave the trust domain open, stay as they are.
/// </summary>
internal static class PrincipalAliases
{
    private const string Local = "cluster.local";

    /// <param name="principals">With <c>*</c> at one end, or alone.</param>
    /// <param name="trustDomains">The mesh's own, then its aliases.</param>
    public static ImmutableArray<string> Expand(ImmutableArray<string> principals, ImmutableArray<string> trustDomains) =>
        [.. principals.SelectMany(principal => Expand(principal, trustDomains)).Distinct(StringComparer.Ordinal)];

    private static IEnumerable<string> Expand(string principal, ImmutableArray<string> trustDomains)
    {
        var slash = principal.IndexOf('/', StringComparison.Ordinal);
        var domain = slash < 0 ? "" : principal[..slash];
        if (domain is "" or "*" || !(domain == Local || trustDomains.Any(known => IsMatch(known, domain))))
        {
            return [principal];
        }

        // *-shop/… takes those that end so by itself.
        return trustDomains.Select(known =>
            domain.StartsWith('*') && IsMatch(known, domain) ? principal : $"{known}{principal.AsSpan(slash)}"
        );
    }

    private static bool IsMatch(string trustDomain, string pattern) =>
        pattern.StartsWith('*') ? trustDomain.EndsWith(pattern[1..], StringComparison.Ordinal)
        : pattern.EndsWith('*') ? trustDomain.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : trustDomain == pattern;
}
