using System.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>
/// A header's text is as asked. Of a header that repeats, or lists values, an application may read any of them (CVE-2026-26308): to refuse, one that
/// is as asked is enough, in a line or in a list; to grant, every line must be. No header never is.
/// </summary>
/// <param name="name">In any case; <c>:path</c> and <c>:scheme</c> are the request line's parts.</param>
/// <param name="everyLine">Whether all lines must be as asked.</param>
internal sealed class HeaderTextCondition(string name, ValueMatch match, bool everyLine) : AccessCondition
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name.ToLowerInvariant());

    // The crumbs of a cookie are one value (RFC 9113 section 8.2.3).
    private readonly bool _isCookie = name.Equals("cookie", StringComparison.OrdinalIgnoreCase);

    public override int Cost => match.Kind == ValueMatchKind.Regex ? 400 : 30;

    public override bool Holds(in AccessSubject subject) =>
        subject.Head is { } head
        && head.TryGet(_name, out var whole)
        && (everyLine ? (_isCookie ? match.IsMatch(whole) : EachLineFits(head, whole)) : match.IsMatch(whole) || OneFits(head, whole));

    public override string ToString() => $"header '{name}' {match}";

    private bool EachLineFits(RequestHead head, ReadOnlySpan<byte> whole)
    {
        var lines = 0;
        for (var i = 0; i < head.HeaderCount; i++)
        {
            if (head.HeaderName(i).SequenceEqual(_name))
            {
                lines++;
                if (!match.IsMatch(head.HeaderValue(i)))
                {
                    return false;
                }
            }
        }

        // A part of the request line is no line.
        return lines > 0 || match.IsMatch(whole);
    }

    private bool OneFits(RequestHead head, ReadOnlySpan<byte> whole)
    {
        var separator = _isCookie ? (byte)';' : (byte)',';
        if (!whole.Contains(separator) || _name[0] == (byte)':')
        {
            return false;
        }

        for (var i = 0; i < head.HeaderCount; i++)
        {
            if (!head.HeaderName(i).SequenceEqual(_name))
            {
                continue;
            }

            var line = head.HeaderValue(i);
            if (match.IsMatch(line))
            {
                return true;
            }

            foreach (var part in line.Split(separator))
            {
                if (match.IsMatch(line[part].Trim(" \t"u8)))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
