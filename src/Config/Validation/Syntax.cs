using System.Net;
using System.Text.RegularExpressions;

namespace Mesh.Config.Validation;

/// <summary>Forms of names, hosts, addresses and headers; says yes or no, never why.</summary>
internal static partial class Syntax
{
    private const int MaxHost = 255;
    private const int MaxObjectName = 253;
    private const int MaxLabelPrefix = 253;

    internal static bool IsObjectName(string text) => text.Length <= MaxObjectName && ObjectNamePattern().IsMatch(text);

    internal static bool IsNamespace(string text) => NamespacePattern().IsMatch(text);

    /// <summary>A DNS name: letters, digits and - in labels of at most 63, case does not matter, one final dot allowed.</summary>
    internal static bool IsDnsName(string text) => text.Length is > 0 and <= MaxHost && DnsNamePattern().IsMatch(text);

    /// <summary>A DNS name, or one that begins with <c>*.</c>; not <c>*</c> alone.</summary>
    internal static bool IsDnsNameOrWildcard(string text) => IsDnsName(text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text);

    internal static bool IsIp(string text) => IPAddress.TryParse(text, out _) && (text.Contains(':') || text.Count(c => c == '.') == 3);

    internal static bool IsIpOrCidr(string text) => IsIp(text) || IPNetwork.TryParse(text, out _) || IsLooseCidr(text);

    internal static bool IsUnixPath(string text) =>
        text.StartsWith("unix:///", StringComparison.Ordinal) || text.StartsWith("unix://@", StringComparison.Ordinal);

    /// <summary>RFC 9110, 5.6.2: a token.</summary>
    internal static bool IsHeaderName(string text) => TokenPattern().IsMatch(text);

    /// <summary>RFC 9110, 5.5: no control characters but tab.</summary>
    internal static bool IsHeaderValue(string text) => !text.Any(c => char.IsControl(c) && c != '\t');

    internal static bool IsLabelKey(string text)
    {
        var slash = text.IndexOf('/');
        var prefix = slash < 0 ? null : text[..slash];
        return (prefix is null || (prefix.Length <= MaxLabelPrefix && ObjectNamePattern().IsMatch(prefix)))
            && text.Length > slash + 1
            && LabelPattern().IsMatch(text[(slash + 1)..]);
    }

    internal static bool IsLabelValue(string text) => text.Length == 0 || LabelPattern().IsMatch(text);

    /// <summary>Whether every name that the second host stands for is also meant by the first.</summary>
    internal static bool Covers(string host, string other)
    {
        if (host == "*" || string.Equals(host, other, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }
        return host.StartsWith('*') && other.Length > host.Length - 1 && other.EndsWith(host[1..], StringComparison.OrdinalIgnoreCase);
    }

    // 10.1.2.3/8 has bits beyond its prefix, which IPNetwork refuses and Istio takes.
    private static bool IsLooseCidr(string text)
    {
        var slash = text.IndexOf('/');
        return slash > 0
            && IsIp(text[..slash])
            && int.TryParse(text.AsSpan(slash + 1), out var bits)
            && bits >= 0
            && bits <= (text.Contains(':') ? 128 : 32);
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex ObjectNamePattern();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\z")]
    private static partial Regex NamespacePattern();

    [GeneratedRegex(@"\A[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)*\.?\z")]
    private static partial Regex DnsNamePattern();

    [GeneratedRegex(@"\A[!#$%&'*+\-.^_`|~0-9A-Za-z]+\z")]
    private static partial Regex TokenPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex LabelPattern();
}
