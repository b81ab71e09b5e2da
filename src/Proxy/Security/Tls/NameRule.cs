namespace Mesh.Proxy.Security.Tls;

/// <summary>One name that a certificate may have to be believed (Envoy, <c>match_typed_subject_alt_names</c>). Equal by value.</summary>
internal sealed record NameRule(NameKind Kind, NameMatch Match, string Text)
{
    /// <param name="kind">Of the name in the certificate.</param>
    public bool Allows(NameKind kind, string name)
    {
        if (Kind != NameKind.Any && Kind != kind)
        {
            return false;
        }

        // DNS names have no case (RFC 4343); a URI's path has.
        var comparison = kind == NameKind.Dns ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return Match switch
        {
            NameMatch.Exact => name.Equals(Text, comparison) || (kind == NameKind.Dns && CoversByWildcard(name)),
            NameMatch.Prefix => name.StartsWith(Text, comparison),
            NameMatch.Suffix => name.EndsWith(Text, comparison),
            _ => name.Contains(Text, comparison),
        };
    }

    // A wildcard is the whole left-most label and stands for exactly one (RFC 9525, 6.3).
    private bool CoversByWildcard(string name)
    {
        var dot = Text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && name.Length > 2
            && name[0] == '*'
            && name[1] == '.'
            && name.AsSpan(1).Equals(Text.AsSpan(dot), StringComparison.OrdinalIgnoreCase);
    }
}
