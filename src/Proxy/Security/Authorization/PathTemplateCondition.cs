using System.Collections.Immutable;
using System.Text;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>
/// The request's path fits a template: <c>*</c> is one segment that is not empty, <c>**</c> any number of them (Envoy, URI template).
/// </summary>
internal sealed class PathTemplateCondition : AccessCondition
{
    private readonly string _template;
    private readonly ImmutableArray<byte[]?> _before;
    private readonly ImmutableArray<byte[]?> _after;
    private readonly bool _many;

    private PathTemplateCondition(string template, ImmutableArray<byte[]?> before, ImmutableArray<byte[]?> after, bool many)
    {
        _template = template;
        _before = before;
        _after = after;
        _many = many;
    }

    public override int Cost => 10;

    /// <summary>Null where the template is malformed.</summary>
    public static PathTemplateCondition? Parse(string template)
    {
        if (!template.StartsWith('/'))
        {
            return null;
        }

        var segments = template[1..].Split('/');
        if (
            segments.Any(segment => segment is not ("*" or "**") && segment.AsSpan().IndexOfAny("*{}") >= 0)
            || segments.Count(s => s == "**") > 1
        )
        {
            return null;
        }

        var many = Array.IndexOf(segments, "**");
        return many < 0
            ? new(template, Compile(segments), [], many: false)
            : new(template, Compile(segments[..many]), Compile(segments[(many + 1)..]), many: true);
    }

    public override bool Holds(in AccessSubject subject)
    {
        if (subject.Head is not { } head || head.Path is not [(byte)'/', .. var rest])
        {
            return false;
        }

        // Nothing is left over: otherwise what is left are further segments, for which ** stands.
        var left = true;
        foreach (var segment in _before)
        {
            if (!left || !Fits(TakeFirst(ref rest, out left), segment))
            {
                return false;
            }
        }

        if (!_many)
        {
            return !left;
        }

        // Without segments of its own ** takes the empty rest too, so that /a/** takes /a/ but not /a.
        if (!left)
        {
            return false;
        }

        for (var i = _after.Length - 1; i >= 0; i--)
        {
            if (!left || !Fits(TakeLast(ref rest, out left), _after[i]))
            {
                return false;
            }
        }

        return left;
    }

    public override string ToString() => $"the path fits '{_template}'";

    private static ImmutableArray<byte[]?> Compile(string[] segments) =>
        [.. segments.Select(segment => segment == "*" ? null : Encoding.UTF8.GetBytes(segment))];

    private static bool Fits(ReadOnlySpan<byte> segment, byte[]? text) => text is null ? segment.Length > 0 : segment.SequenceEqual(text);

    private static ReadOnlySpan<byte> TakeFirst(ref ReadOnlySpan<byte> rest, out bool left)
    {
        var slash = rest.IndexOf((byte)'/');
        left = slash >= 0;
        var first = left ? rest[..slash] : rest;
        rest = left ? rest[(slash + 1)..] : default;
        return first;
    }

    private static ReadOnlySpan<byte> TakeLast(ref ReadOnlySpan<byte> rest, out bool left)
    {
        var slash = rest.LastIndexOf((byte)'/');
        left = slash >= 0;
        var last = left ? rest[(slash + 1)..] : rest;
        rest = left ? rest[..slash] : default;
        return last;
    }
}
