using System.Globalization;
using System.Text;

// Compiled into both the reader of configuration and the proxy; see Re2Pattern.
namespace Mesh.Text;

/// <summary>One pass over an RE2 expression that writes the .NET pattern; recursion follows the groups.</summary>
internal sealed partial class Re2Translation(string re2)
{
    private const int MaxNesting = 200;
    private const int MaxRepeat = 1000; // RE2's limit

    private readonly StringBuilder text = new();
    private readonly HashSet<string> names = [];
    private int at;
    private bool multiline;

    internal string Error { get; private set; } = "";

    internal string Pattern => text.ToString();

    internal int Groups { get; private set; }

    /// <summary>Whether something is repeated a counted number of times.</summary>
    internal bool HasCounts { get; private set; }

    internal bool Run() => Alternatives(0) && (at == re2.Length || Fail(at, "closes a group that was never opened"));

    private bool Fail(int position, string reason)
    {
        Error = $"at position {position + 1} {reason}";
        return false;
    }

    private bool Alternatives(int depth)
    {
        if (depth > MaxNesting)
        {
            return Fail(at, $"nests groups deeper than {MaxNesting}");
        }
        var repeatable = false;
        while (at < re2.Length && re2[at] != ')')
        {
            var start = at;
            switch (re2[at])
            {
                case '|':
                    text.Append('|');
                    at++;
                    repeatable = false;
                    continue;
                case '*' or '+' or '?':
                    if (!repeatable)
                    {
                        return Fail(start, $"has {re2[at]} with nothing, or another repetition, before it");
                    }
                    text.Append(re2[at++]);
                    Lazy();
                    repeatable = false;
                    continue;
                case '{' when RepeatLength() > 0:
                    if (!repeatable)
                    {
                        return Fail(start, "has a repetition with nothing, or another repetition, before it");
                    }
                    if (!Repeat())
                    {
                        return false;
                    }
                    repeatable = false;
                    continue;
                case '(':
                    if (!Group(depth, out repeatable))
                    {
                        return false;
                    }
                    continue;
                case '[':
                    if (!CharacterClass())
                    {
                        return false;
                    }
                    break;
                case '\\':
                    if (!Escape())
                    {
                        return false;
                    }
                    break;
                case '$':
                    // RE2: without m, the very end of the text; .NET's $ would also match before a final newline.
                    text.Append(multiline ? "$" : "\\z");
                    at++;
                    break;
                case '^' or '.':
                    text.Append(re2[at++]);
                    break;
                default:
                    var rune = Rune.TryGetRuneAt(re2, at, out var r) ? r : Rune.ReplacementChar;
                    Literal(rune);
                    at += rune.Utf16SequenceLength;
                    break;
            }
            repeatable = true;
        }
        return true;
    }

    private void Lazy()
    {
        if (at < re2.Length && re2[at] == '?')
        {
            text.Append('?');
            at++;
        }
    }

    // {n}, {n,} or {n,m}; anything else is literal.
    private int RepeatLength()
    {
        var close = re2.IndexOf('}', at);
        if (close < 0 || !char.IsAsciiDigit(re2[at + 1]))
        {
            return 0;
        }
        var inner = re2.AsSpan(at + 1, close - at - 1);
        var comma = inner.IndexOf(',');
        var low = comma < 0 ? inner : inner[..comma];
        var high = comma < 0 ? [] : inner[(comma + 1)..];
        return low.ContainsAnyExceptInRange('0', '9') || high.ContainsAnyExceptInRange('0', '9') ? 0 : close - at + 1;
    }

    private bool Repeat()
    {
        HasCounts = true;
        var length = RepeatLength();
        var parts = re2.Substring(at + 1, length - 2).Split(',');
        var low = Number(parts[0]);
        var high = parts.Length < 2 || parts[1].Length == 0 ? low : Number(parts[1]);
        if (low > MaxRepeat || high > MaxRepeat)
        {
            return Fail(at, $"repeats more than {MaxRepeat} times");
        }
        if (low > high)
        {
            return Fail(at, $"repeats at least {low} and at most {high} times");
        }
        text.Append(re2, at, length);
        at += length;
        Lazy();
        return true;
    }

    private static int Number(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    private bool Group(int depth, out bool repeatable)
    {
        var start = at;
        var outer = multiline;
        repeatable = true;
        at++;
        if (at < re2.Length && re2[at] == '?')
        {
            at++;
            if (re2.AsSpan(at).StartsWith("P<") || (re2.AsSpan(at).StartsWith("<") && !LooksAround(at)))
            {
                if (!GroupName())
                {
                    return false;
                }
                Groups++;
                text.Append('(');
            }
            else if (!Flags(start, out var opensGroup))
            {
                return false;
            }
            else if (!opensGroup)
            {
                repeatable = false;
                return true;
            }
        }
        else
        {
            Groups++;
            text.Append('(');
        }
        if (!Alternatives(depth + 1))
        {
            return false;
        }
        if (at == re2.Length)
        {
            return Fail(start, "opens a group that is never closed");
        }
        text.Append(')');
        at++;
        multiline = outer;
        return true;
    }

    private bool LooksAround(int position) => position + 1 < re2.Length && re2[position + 1] is '=' or '!';

    private bool GroupName()
    {
        var start = re2.IndexOf('<', at) + 1;
        var close = re2.IndexOf('>', start);
        var name = close < 0 ? "" : re2[start..close];
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            return Fail(start, "has a group whose name is not made of letters, digits and _");
        }
        if (!names.Add(name))
        {
            return Fail(start, $"has the group name {name} twice");
        }
        at = close + 1;
        return true;
    }

    private bool Flags(int start, out bool opensGroup)
    {
        opensGroup = false;
        var set = true;
        var kept = new StringBuilder();
        for (; at < re2.Length; at++)
        {
            switch (re2[at])
            {
                case '-' when set:
                    set = false;
                    kept.Append('-');
                    break;
                case 'i' or 's':
                    kept.Append(re2[at]);
                    break;
                case 'm':
                    multiline = set;
                    kept.Append('m');
                    break;
                case 'U':
                    return Fail(start, "uses (?U), which is not supported; write lazy repetitions with ? where they matter");
                case '=' or '!' or '<':
                    return Fail(start, "looks ahead or behind, which RE2 does not support");
                case ':' or ')':
                    opensGroup = re2[at] == ':';
                    if (kept.Length > 0 && kept[^1] == '-')
                    {
                        return Fail(start, "has a - that switches off no flag");
                    }
                    if (opensGroup || kept.Length > 0)
                    {
                        text.Append("(?").Append(kept).Append(re2[at]);
                    }
                    at++;
                    return opensGroup || kept.Length > 0 || Fail(start, "has an empty flag group");
                default:
                    return Fail(start, $"has a group that begins with (?{re2[at]}, which RE2 does not support");
            }
        }
        return Fail(start, "opens a group that is never closed");
    }
}
