using System.Buffers.Text;
using System.Text;

namespace Mesh.Proxy.Routing;

/// <summary>Builds the <c>Location</c> of a redirect: <c>scheme://host[:port]/path[?query]</c>.</summary>
internal static class RedirectLocation
{
    /// <summary>
    /// False where the buffer is too small. The request's port goes where the redirect names another host or port, or where the new scheme
    /// makes it the old scheme's default; a named port is left out where it is the scheme's default.
    /// </summary>
    /// <param name="conditions">Of the same rule: they say what a prefix rewrite replaces.</param>
    public static bool TryWrite(
        RequestHead head,
        RuleAction.Redirect redirect,
        RouteConditions conditions,
        Span<byte> destination,
        out int written
    )
    {
        var target = new SpanWriter(destination);
        var requestScheme = head.Scheme.IsEmpty ? "http"u8 : head.Scheme;
        var https = redirect.Scheme is null ? requestScheme.SequenceEqual("https"u8) : redirect.Scheme == "https";
        if (redirect.Scheme is null)
        {
            target.Write(requestScheme);
        }
        else
        {
            WriteText(redirect.Scheme, ref target);
        }

        target.Write("://"u8);
        WriteHost(head, redirect, requestScheme, ref target);
        if (redirect.Port != 0 && redirect.Port != (https ? 443 : 80))
        {
            Span<byte> digits = stackalloc byte[11];
            Utf8Formatter.TryFormat(redirect.Port, digits, out var count);
            target.Write(":"u8);
            target.Write(digits[..count]);
        }

        WritePath(head, redirect, conditions, ref target);
        written = target.Written;
        return target.Fits;
    }

    private static void WriteHost(RequestHead head, RuleAction.Redirect redirect, ReadOnlySpan<byte> requestScheme, ref SpanWriter target)
    {
        if (redirect.Host is not null)
        {
            WriteText(redirect.Host, ref target);
            return;
        }

        var authority = head.Authority;
        var defaultOfOld = head.AuthorityPort == (requestScheme.SequenceEqual("https"u8) ? 443 : 80);
        var schemeChanges = redirect.Scheme is not null && !Ascii.Equals(requestScheme, redirect.Scheme);
        if (head.AuthorityPort != 0 && (redirect.Port != 0 || (schemeChanges && defaultOfOld)))
        {
            authority = authority[..authority.LastIndexOf((byte)':')];
        }

        target.Write(authority);
    }

    private static void WritePath(RequestHead head, RuleAction.Redirect redirect, RouteConditions conditions, ref SpanWriter target)
    {
        if (redirect.Path is not null)
        {
            WriteRooted(redirect.Path, ref target);
            if (redirect.Path.Contains('?'))
            {
                return; // its own query takes the place of the request's, whatever StripQuery says (Envoy, path_redirect)
            }
        }
        else if (redirect.PrefixRewrite is not null)
        {
            WriteRooted(redirect.PrefixRewrite, ref target);
            target.Write(head.Path[conditions.MatchedPathLength(head)..]);
        }
        else
        {
            target.Write(head.Path.StartsWith("/"u8) ? default : "/"u8);
            target.Write(head.Path);
        }

        if (head.HasQuery && !redirect.StripQuery)
        {
            target.Write("?"u8);
            target.Write(head.Query);
        }
    }

    private static void WriteRooted(string path, ref SpanWriter target)
    {
        target.Write(path.StartsWith('/') ? default : "/"u8);
        WriteText(path, ref target);
    }

    private static void WriteText(string text, ref SpanWriter target)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            target.Write(bytes[..rune.EncodeToUtf8(bytes)]);
        }
    }
}
