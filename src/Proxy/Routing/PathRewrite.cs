using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Proxy.Routing;

/// <summary>How a rule changes the path: replaces the matched prefix, the whole path, or what a regex finds. The query stays.</summary>
internal abstract class PathRewrite
{
    /// <summary>Replaces what the rule's path condition matched: the prefix, or the whole path of an exact or regex one (Envoy, prefix_rewrite).</summary>
    public static PathRewrite Matched(string replacement) => new MatchedRewrite(Encoding.UTF8.GetBytes(replacement));

    /// <summary>Replaces the whole path.</summary>
    public static PathRewrite Whole(string path) => new WholeRewrite(Encoding.UTF8.GetBytes(path));

    /// <summary>Replaces everything the regex finds in the path (Envoy, regex_rewrite).</summary>
    /// <param name="regex">Finds, so it is not anchored.</param>
    /// <param name="substitution">As on the wire, RE2's: <c>\0</c> to <c>\9</c> are groups, <c>\\</c> a backslash.</param>
    public static PathRewrite Found(Regex regex, string substitution) => new RegexRewrite(regex, RegexSubstitution.Parse(substitution));

    /// <summary>
    /// Writes new path and old query. False where the buffer is too small.
    /// </summary>
    public bool TryWrite(RequestHead head, RouteConditions conditions, Span<byte> destination, out int written)
    {
        var target = new SpanWriter(destination);
        WritePath(head.Path, conditions.MatchedPathLength(head), ref target);
        if (head.HasQuery)
        {
            target.Write("?"u8);
            target.Write(head.Query);
        }

        written = target.Written;
        return target.Fits;
    }

    private protected abstract void WritePath(ReadOnlySpan<byte> path, int matched, ref SpanWriter target);

    private sealed class MatchedRewrite(byte[] replacement) : PathRewrite
    {
        private protected override void WritePath(ReadOnlySpan<byte> path, int matched, ref SpanWriter target)
        {
            target.Write(replacement);
            target.Write(path[matched..]);
        }
    }

    private sealed class WholeRewrite(byte[] replacement) : PathRewrite
    {
        private protected override void WritePath(ReadOnlySpan<byte> path, int matched, ref SpanWriter target) => target.Write(replacement);
    }

    private sealed class RegexRewrite(Regex regex, RegexSubstitution substitution) : PathRewrite
    {
        // Allocates: .NET tells groups only through Match objects over a string.
        private protected override void WritePath(ReadOnlySpan<byte> path, int matched, ref SpanWriter target)
        {
            var text = Encoding.Latin1.GetString(path);
            var from = 0;
            for (var match = regex.Match(text); match.Success; match = match.NextMatch())
            {
                target.Write(path[from..match.Index]);
                substitution.Write(match, path, ref target);
                from = match.Index + match.Length;
            }

            target.Write(path[from..]);
        }
    }
}
