using System.Buffers.Text;
using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Proxy.Routing;

/// <summary>A compiled comparison with one header or query value; Envoy's StringMatcher plus range and presence.</summary>
internal sealed class ValueMatch
{
    private readonly byte[] _bytes = [];
    private readonly Regex? _regex;
    private readonly long _start;
    private readonly long _end;
    private readonly bool _ignoreCase;
    private readonly string _text = "";

    private ValueMatch(ValueMatchKind kind, string value, bool ignoreCase)
    {
        Kind = kind;
        _text = value;
        _ignoreCase = ignoreCase;
        _bytes = Encoding.UTF8.GetBytes(value);
        if (ignoreCase)
        {
            AsciiBytes.Lower(_bytes);
        }
    }

    private ValueMatch(Regex regex, string written, string prefix)
    {
        Kind = ValueMatchKind.Regex;
        _regex = regex;
        _text = written;
        _bytes = Encoding.UTF8.GetBytes(prefix);
    }

    private ValueMatch(long start, long end)
    {
        Kind = ValueMatchKind.Range;
        _start = start;
        _end = end;
    }

    /// <summary>Anything, even an empty value.</summary>
    public static ValueMatch Present { get; } = new(ValueMatchKind.Present, "", false);

    public ValueMatchKind Kind { get; }

    public static ValueMatch Exact(string value, bool ignoreCase = false) => new(ValueMatchKind.Exact, value, ignoreCase);

    public static ValueMatch Prefix(string value, bool ignoreCase = false) => new(ValueMatchKind.Prefix, value, ignoreCase);

    public static ValueMatch Suffix(string value, bool ignoreCase = false) => new(ValueMatchKind.Suffix, value, ignoreCase);

    public static ValueMatch Contains(string value, bool ignoreCase = false) => new(ValueMatchKind.Contains, value, ignoreCase);

    /// <param name="regex">Must match the whole value: anchored by whoever translated it.</param>
    /// <param name="written">The expression before it was translated, for people.</param>
    public static ValueMatch Regex(Regex regex, string? written = null) =>
        new(regex, written ?? regex.ToString(), written is null ? "" : LiteralPrefix.Of(written));

    /// <summary>A decimal integer from <paramref name="start"/> up to and without <paramref name="end"/>.</summary>
    public static ValueMatch Range(long start, long end) => new(start, end);

    /// <summary>The same without regard to ASCII case; a regex is left as it is.</summary>
    public ValueMatch IgnoringCase() =>
        Kind is ValueMatchKind.Exact or ValueMatchKind.Prefix or ValueMatchKind.Suffix or ValueMatchKind.Contains
            ? new(Kind, _text, ignoreCase: true)
            : this;

    public bool IsMatch(ReadOnlySpan<byte> value) =>
        Kind switch
        {
            ValueMatchKind.Present => true,
            ValueMatchKind.Exact => value.Length == _bytes.Length && BeginsWith(value),
            ValueMatchKind.Prefix => BeginsWith(value),
            ValueMatchKind.Suffix => value.Length >= _bytes.Length && BeginsWith(value[^_bytes.Length..]),
            ValueMatchKind.Contains => _ignoreCase ? AsciiBytes.ContainsIgnoreCase(value, _bytes) : value.IndexOf(_bytes) >= 0,
            ValueMatchKind.Regex => value.StartsWith(_bytes) && RegexBytes.IsMatch(_regex!, value),
            _ => IsInRange(value),
        };

    public override string ToString()
    {
        var text = Kind switch
        {
            ValueMatchKind.Present => "is present",
            ValueMatchKind.Exact => $"is '{_text}'",
            ValueMatchKind.Prefix => $"begins with '{_text}'",
            ValueMatchKind.Suffix => $"ends with '{_text}'",
            ValueMatchKind.Contains => $"contains '{_text}'",
            ValueMatchKind.Regex => $"matches '{_text}'",
            _ => $"is a number from {_start} to below {_end}",
        };
        return _ignoreCase ? text + " in any case" : text;
    }

    private bool BeginsWith(ReadOnlySpan<byte> value) =>
        _ignoreCase ? AsciiBytes.StartsWithIgnoreCase(value, _bytes) : value.StartsWith(_bytes);

    private bool IsInRange(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out long number, out var read) && read == value.Length && number >= _start && number < _end;
}
