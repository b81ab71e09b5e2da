using System.Globalization;
using System.Text;

// Compiled into both the reader of configuration and the proxy; see Re2Pattern.
namespace Mesh.Text;

/// <summary>Escapes and character classes.</summary>
internal sealed partial class Re2Translation
{
    private const string Digit = "0-9";
    private const string Word = "0-9A-Z_a-z";
    private const string Space = "\\t\\n\\f\\r\\u0020";
    private const string NotDigit = "\\u0000-/:-\\uFFFF";
    private const string NotWord = "\\u0000-/:-@\\u005B-\\u005E`\\u007B-\\uFFFF";
    private const string NotSpace = "\\u0000-\\u0008\\u000B\\u000E-\\u001F!-\\uFFFF";

    // name, members, everything else
    private static readonly (string Name, string Members, string Others)[] PosixClasses =
    [
        ("alnum", "0-9A-Za-z", "\\u0000-/:-@\\u005B-`\\u007B-\\uFFFF"),
        ("alpha", "A-Za-z", "\\u0000-@\\u005B-`\\u007B-\\uFFFF"),
        ("ascii", "\\u0000-\\u007F", "\\u0080-\\uFFFF"),
        ("blank", "\\t\\u0020", "\\u0000-\\u0008\\n-\\u001F!-\\uFFFF"),
        ("cntrl", "\\u0000-\\u001F\\u007F", "\\u0020-~\\u0080-\\uFFFF"),
        ("digit", Digit, NotDigit),
        ("graph", "!-~", "\\u0000-\\u0020\\u007F-\\uFFFF"),
        ("lower", "a-z", "\\u0000-`\\u007B-\\uFFFF"),
        ("print", "\\u0020-~", "\\u0000-\\u001F\\u007F-\\uFFFF"),
        ("punct", "!-/:-@\\u005B-`\\u007B-~", "\\u0000-\\u00200-9A-Za-z\\u007F-\\uFFFF"),
        ("space", "\\t-\\r\\u0020", "\\u0000-\\u0008\\u000E-\\u001F!-\\uFFFF"),
        ("upper", "A-Z", "\\u0000-@\\u005B-\\uFFFF"),
        ("word", Word, NotWord),
        ("xdigit", "0-9A-Fa-f", "\\u0000-/:-@G-`g-\\uFFFF"),
    ];

    private static readonly string[] Categories =
    [
        .. "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Cs Co".Split(' '),
    ];

    private bool Escape()
    {
        if (re2.AsSpan(at).StartsWith(@"\Q"))
        {
            return Quoted();
        }
        switch (at + 1 < re2.Length ? re2[at + 1] : '\0')
        {
            case 'A' or 'z' or 'b' or 'B':
                text.Append(re2, at, 2);
                at += 2;
                return true;
            case 'C':
                return Fail(at, @"uses \C (one byte), which is not supported");
            case >= '1' and <= '9' when at + 2 >= re2.Length || re2[at + 1] > '7' || re2[at + 2] is < '0' or > '7':
                return Fail(at, "uses a back-reference, which RE2 does not support");
            case 'D' or 'W' or 'S':
                // Not as ranges: under (?i) .NET would add k, the other case of U+212A, to all that is not a word character.
                text.Append("[^")
                    .Append(
                        re2[at + 1] == 'D' ? Digit
                        : re2[at + 1] == 'W' ? Word
                        : Space
                    )
                    .Append(']');
                at += 2;
                return true;
        }
        if (ClassEscape(out var members))
        {
            text.Append('[').Append(members).Append(']');
            return true;
        }
        if (Error.Length > 0 || !CharacterEscape(out var rune))
        {
            return false;
        }
        Literal(rune);
        return true;
    }

    private bool Quoted()
    {
        var end = re2.IndexOf(@"\E", at + 2, StringComparison.Ordinal);
        var literal = re2[(at + 2)..(end < 0 ? re2.Length : end)];
        foreach (var rune in literal.EnumerateRunes())
        {
            Literal(rune);
        }
        at = end < 0 ? re2.Length : end + 2;
        return true;
    }

    // \d \D \w \W \s \S \pN \p{Lu} \P{^Lu}: as members of a .NET class
    private bool ClassEscape(out string members)
    {
        var letter = at + 1 < re2.Length ? re2[at + 1] : '\0';
        members = letter switch
        {
            'd' => Digit,
            'D' => NotDigit,
            'w' => Word,
            'W' => NotWord,
            's' => Space,
            'S' => NotSpace,
            _ => "",
        };
        if (members.Length > 0)
        {
            at += 2;
            return true;
        }
        if (letter is not ('p' or 'P'))
        {
            return false;
        }
        var start = at;
        var close = at + 2 < re2.Length && re2[at + 2] == '{' ? re2.IndexOf('}', at) : at + 2;
        if (close < 0 || close >= re2.Length)
        {
            return Fail(start, "has a character class that does not end");
        }
        var name = re2[(at + 2)..(close + 1)].Trim('{', '}');
        var negated = letter == 'P' ^ name.StartsWith('^');
        name = name.TrimStart('^');
        at = close + 1;
        if (name == "Any" && !negated)
        {
            members = "\\u0000-\\uFFFF";
            return true;
        }
        if (!Categories.Contains(name))
        {
            return Fail(start, $"uses the class {name}; only general categories such as L, Lu or Nd are supported, not scripts");
        }
        members = $"\\{(negated ? 'P' : 'p')}{{{name}}}";
        return true;
    }

    private bool CharacterEscape(out Rune rune)
    {
        rune = default;
        var start = at++;
        if (at == re2.Length)
        {
            return Fail(start, "ends with a backslash");
        }
        var c = re2[at++];
        var simple = "a\af\ft\tn\nr\rv\v".IndexOf(c);
        if (simple >= 0 && char.IsAsciiLetter(c))
        {
            rune = new Rune("\a\a\f\f\t\t\n\n\r\r\v\v"[simple]);
            return true;
        }
        if (c is >= '0' and <= '7')
        {
            var value = c - '0';
            for (var digits = 1; digits < 3 && at < re2.Length && re2[at] is >= '0' and <= '7'; digits++)
            {
                value = (value * 8) + re2[at++] - '0';
            }
            rune = new Rune(value);
            return true;
        }
        if (c == 'x')
        {
            var close = at < re2.Length && re2[at] == '{' ? re2.IndexOf('}', at) : at + 1;
            var hex = close >= at && close < re2.Length ? re2[at..(close + 1)].Trim('{', '}') : "";
            at = close + 1;
            return (
                    int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                    && Rune.TryCreate(code, out rune)
                ) || Fail(start, @"has an \x that is not followed by two hex digits or {hex digits}");
        }
        if (c == '_' || (char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c)))
        {
            rune = new Rune(c);
            return true;
        }
        return Fail(start, $@"uses \{c}, which RE2 does not know");
    }

    private bool CharacterClass()
    {
        var start = at++;
        var members = new StringBuilder();
        var negated = at < re2.Length && re2[at] == '^';
        at += negated ? 1 : 0;
        for (var first = true; ; first = false)
        {
            if (at >= re2.Length)
            {
                return Fail(start, "opens a character class that is never closed");
            }
            if (re2[at] == ']' && !first)
            {
                at++;
                text.Append(negated ? "[^" : "[").Append(members).Append(']');
                return true;
            }
            if (re2.AsSpan(at).StartsWith("[:"))
            {
                if (!PosixClass(members))
                {
                    return false;
                }
            }
            else if (re2[at] == '\\' && ClassEscape(out var escaped))
            {
                members.Append(escaped);
            }
            else if (Error.Length > 0 || !Range(members))
            {
                return false;
            }
        }
    }

    private bool PosixClass(StringBuilder members)
    {
        var close = re2.IndexOf(":]", at, StringComparison.Ordinal);
        var name = close < 0 ? "" : re2[(at + 2)..close];
        var known = Array.Find(PosixClasses, c => c.Name == name.TrimStart('^'));
        if (known.Name is null)
        {
            return Fail(at, $"uses the class [:{name}:], which RE2 does not know");
        }
        members.Append(name.StartsWith('^') ? known.Others : known.Members);
        at = close + 2;
        return true;
    }

    private bool Range(StringBuilder members)
    {
        var start = at;
        if (!Member(out var low))
        {
            return false;
        }
        var high = low;
        if (at + 1 < re2.Length && re2[at] == '-' && re2[at + 1] != ']')
        {
            at++;
            if (!Member(out high))
            {
                return false;
            }
        }
        if (low > high)
        {
            return Fail(start, "has a range whose end comes before its beginning");
        }
        if (high.Value > char.MaxValue)
        {
            return Fail(start, "has a character beyond U+FFFF in a class, which is not supported");
        }
        members.Append(CultureInfo.InvariantCulture, $"\\u{low.Value:X4}-\\u{high.Value:X4}");
        return true;
    }

    private bool Member(out Rune rune)
    {
        if (re2[at] == '\\')
        {
            return CharacterEscape(out rune);
        }
        rune = Rune.TryGetRuneAt(re2, at, out var r) ? r : Rune.ReplacementChar;
        at += rune.Utf16SequenceLength;
        return true;
    }

    private void Literal(Rune rune)
    {
        if (!rune.IsBmp)
        {
            text.Append("(?:").Append(rune.ToString()).Append(')'); // so that a repetition takes both halves
        }
        else if (rune.IsAscii && !Rune.IsLetterOrDigit(rune))
        {
            text.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
        }
        else
        {
            text.Append(rune.ToString());
        }
    }
}
