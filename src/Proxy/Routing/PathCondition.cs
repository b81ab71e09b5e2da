using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Proxy.Routing;

/// <summary>Asks about the path, without query and fragment, byte for byte (or without regard to ASCII case).</summary>
internal sealed class PathCondition : RouteCondition
{
    private readonly byte[] _value;
    private readonly Regex? _regex;

    public PathCondition(PathMatchKind kind, string value, bool ignoreCase = false)
    {
        if (kind == PathMatchKind.Regex)
        {
            throw new ArgumentException("a regex path takes a compiled Regex", nameof(kind));
        }

        Kind = kind;
        Value = value;
        IgnoreCase = ignoreCase;
        _value = Encoding.UTF8.GetBytes(value);
        if (ignoreCase)
        {
            AsciiBytes.Lower(_value);
        }
    }

    /// <param name="regex">Must match the whole path: anchored by whoever translated it.</param>
    /// <param name="written">The expression before it was translated, for people.</param>
    public PathCondition(Regex regex, string? written = null)
    {
        Kind = PathMatchKind.Regex;
        Value = written ?? regex.ToString();
        LiteralPrefix = written is null ? "" : Routing.LiteralPrefix.Of(written);
        _value = Encoding.UTF8.GetBytes(LiteralPrefix);
        _regex = regex;
    }

    public PathMatchKind Kind { get; }

    public string Value { get; }

    public bool IgnoreCase { get; }

    /// <summary>Of a regex: what every path that it takes begins with; empty for nothing in particular.</summary>
    public string LiteralPrefix { get; } = "";

    /// <summary>For the index: what the path must equal or begin with, as bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _value;

    public override bool Holds(RequestHead head) => Holds(head.Path);

    public bool Holds(ReadOnlySpan<byte> path) =>
        Kind switch
        {
            PathMatchKind.Exact => path.Length == _value.Length && BeginsWith(path),
            PathMatchKind.Prefix => BeginsWith(path),
            PathMatchKind.SeparatedPrefix => BeginsWith(path) && (path.Length == _value.Length || path[_value.Length] == (byte)'/'),
            _ => path.StartsWith(_value) && RegexBytes.IsMatch(_regex!, path),
        };

    /// <summary>How much of a matching path a prefix rewrite replaces: the prefix, or all of it (Envoy, prefix_rewrite).</summary>
    public int MatchedLength(ReadOnlySpan<byte> path) =>
        Kind is PathMatchKind.Prefix or PathMatchKind.SeparatedPrefix ? Math.Min(_value.Length, path.Length) : path.Length;

    public override string Found(RequestHead head) => $"'{Encoding.Latin1.GetString(head.Path)}'";

    public override string ToString()
    {
        var text = Kind switch
        {
            PathMatchKind.Exact => $"path is '{Value}'",
            PathMatchKind.Prefix => $"path begins with '{Value}'",
            PathMatchKind.SeparatedPrefix => $"path is '{Value}' or below it",
            _ => $"path matches '{Value}'",
        };
        return IgnoreCase ? text + " in any case" : text;
    }

    private bool BeginsWith(ReadOnlySpan<byte> path) =>
        IgnoreCase ? AsciiBytes.StartsWithIgnoreCase(path, _value) : path.StartsWith(_value);
}
