namespace Mesh.ControlPlane.Model;

/// <summary>How the hosts users write select each other: exact names, <c>*.suffix</c>, <c>*</c>; all in lower case.</summary>
internal static class HostPattern
{
    public static bool IsWildcard(string host) => host.Length > 0 && host[0] == '*';

    /// <summary>True if every name that <paramref name="host"/> stands for is one of <paramref name="pattern"/>'s.</summary>
    public static bool Covers(string pattern, string host)
    {
        if (!IsWildcard(pattern))
        {
            return string.Equals(pattern, host, StringComparison.Ordinal);
        }

        // "*.a.b" takes "x.a.b" and "*.x.a.b", but neither "a.b" nor a wider wildcard.
        var suffix = pattern.AsSpan(1);
        var name = IsWildcard(host) ? host.AsSpan(1) : host.AsSpan();
        return name.EndsWith(suffix, StringComparison.Ordinal) && (IsWildcard(host) || name.Length > suffix.Length);
    }

    /// <summary>True if some name belongs to both.</summary>
    public static bool Overlap(string left, string right) => Covers(left, right) || Covers(right, left);

    /// <summary>The order of conflicts: exact before wildcard, longer before shorter, then by bytes.</summary>
    public static int CompareSpecificity(string left, string right)
    {
        var order = IsWildcard(left).CompareTo(IsWildcard(right));
        if (order == 0)
        {
            order = right.Length.CompareTo(left.Length);
        }

        return order != 0 ? order : string.CompareOrdinal(left, right);
    }

    /// <summary>What may own a name, most specific first: the name itself, <c>*.rest</c>, … and <c>*</c>.</summary>
    public static IEnumerable<string> Owners(string host)
    {
        yield return host;

        var name = IsWildcard(host) ? host[1..] : host;
        for (var dot = name.IndexOf('.', IsWildcard(host) ? 1 : 0); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            yield return string.Concat("*", name.AsSpan(dot));
        }

        if (host != "*")
        {
            yield return "*";
        }
    }
}
