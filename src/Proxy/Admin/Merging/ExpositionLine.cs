using System.Buffers.Text;
using System.Text.Unicode;

namespace Mesh.Proxy.Admin.Merging;

/// <summary>
/// Reads one line of Prometheus' text or of OpenMetrics, as strictly as Prometheus does: one line that it cannot read costs it the whole page,
/// ours with it.
/// </summary>
internal static class ExpositionLine
{
    private const byte Quote = (byte)'"';

    /// <param name="name">Of the family or the series; empty where there is none, or where it stands in quotes.</param>
    public static ExpositionKind Read(ReadOnlySpan<byte> line, bool openMetrics, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (!Utf8.IsValid(line))
        {
            return ExpositionKind.Malformed;
        }

        var rest = openMetrics ? line : Skip(line);
        if (rest.IsEmpty)
        {
            // OpenMetrics has no empty lines.
            return openMetrics ? ExpositionKind.Malformed : ExpositionKind.Comment;
        }

        return rest[0] == '#' ? Meta(rest, openMetrics, out name)
            : Sample(rest, openMetrics, ref name) ? ExpositionKind.Sample
            : ExpositionKind.Malformed;
    }

    private static ExpositionKind Meta(ReadOnlySpan<byte> line, bool openMetrics, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (openMetrics && line.SequenceEqual("# EOF"u8))
        {
            return ExpositionKind.End;
        }

        var rest = Skip(line[1..]);
        var word = Word(ref rest);
        var isType = word.SequenceEqual("TYPE"u8);
        if (!isType && !word.SequenceEqual("HELP"u8) && !(openMetrics && word.SequenceEqual("UNIT"u8)))
        {
            return openMetrics ? ExpositionKind.Malformed : ExpositionKind.Comment;
        }

        rest = Skip(rest);
        if (!rest.IsEmpty && rest[0] == Quote)
        {
            if (!Quoted(ref rest))
            {
                return ExpositionKind.Malformed;
            }
        }
        else
        {
            name = Name(ref rest);
            if (name.IsEmpty)
            {
                return ExpositionKind.Malformed;
            }
        }

        if (!rest.IsEmpty && !IsSpace(rest[0]))
        {
            return ExpositionKind.Malformed;
        }

        var value = Skip(rest);
        return isType && !IsType(value, openMetrics) ? ExpositionKind.Malformed
            : word[0] == 'U' && !(value.IsEmpty || name.EndsWith(value)) ? ExpositionKind.Malformed
            : ExpositionKind.Metadata;
    }

    private static bool IsType(ReadOnlySpan<byte> text, bool openMetrics) =>
        text.SequenceEqual("counter"u8)
        || text.SequenceEqual("gauge"u8)
        || text.SequenceEqual("histogram"u8)
        || text.SequenceEqual("summary"u8)
        || (
            openMetrics
                ? text.SequenceEqual("unknown"u8)
                    || text.SequenceEqual("info"u8)
                    || text.SequenceEqual("stateset"u8)
                    || text.SequenceEqual("gaugehistogram"u8)
                : text.SequenceEqual("untyped"u8)
        );

    // name{label="value",…} value [time] [# {label="value"} value [time]]
    private static bool Sample(ReadOnlySpan<byte> rest, bool openMetrics, ref ReadOnlySpan<byte> name)
    {
        name = Name(ref rest);
        rest = Skip(rest);
        var labels = !rest.IsEmpty && rest[0] == '{';
        if (name.IsEmpty && !labels)
        {
            return false;
        }

        if (labels && !Labels(ref rest))
        {
            return false;
        }

        return Value(ref rest, openMetrics) && (rest.IsEmpty || (openMetrics && rest.StartsWith("# {"u8) && Exemplar(rest[2..])));
    }

    private static bool Exemplar(ReadOnlySpan<byte> rest) => Labels(ref rest) && Value(ref rest, openMetrics: true) && rest.IsEmpty;

    // A number, and perhaps a time; the rest is what follows them.
    private static bool Value(ref ReadOnlySpan<byte> rest, bool openMetrics)
    {
        rest = Skip(rest);
        if (!IsNumber(Word(ref rest)))
        {
            return false;
        }

        rest = Skip(rest);
        if (rest.IsEmpty || rest[0] == '#')
        {
            return true;
        }

        var time = Word(ref rest);
        rest = Skip(rest);
        return openMetrics ? IsNumber(time) : Utf8Parser.TryParse(time, out long _, out var used) && used == time.Length;
    }

    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        var digits = !text.IsEmpty && text[0] is (byte)'+' or (byte)'-' ? text[1..] : text;
        return IsWord(digits, "inf"u8)
            || IsWord(digits, "infinity"u8)
            || IsWord(text, "nan"u8)
            || (
                !digits.IsEmpty
                && (char.IsAsciiDigit((char)digits[0]) || digits[0] == '.')
                && Utf8Parser.TryParse(text, out double _, out var used)
                && used == text.Length
            );
    }

    private static bool IsWord(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => System.Text.Ascii.EqualsIgnoreCase(text, word);

    private static bool Labels(ref ReadOnlySpan<byte> rest)
    {
        rest = Skip(rest[1..]);
        while (!rest.IsEmpty && rest[0] != '}')
        {
            if (rest[0] == Quote)
            {
                // Names beyond ASCII stand in quotes; the series' own has no value.
                if (!Quoted(ref rest))
                {
                    return false;
                }
            }
            else if (LabelName(ref rest).IsEmpty)
            {
                return false;
            }

            rest = Skip(rest);
            if (!rest.IsEmpty && rest[0] == '=')
            {
                rest = Skip(rest[1..]);
                if (!Quoted(ref rest))
                {
                    return false;
                }

                rest = Skip(rest);
            }

            if (!rest.IsEmpty && rest[0] == ',')
            {
                rest = Skip(rest[1..]);
            }
            else if (rest.IsEmpty || rest[0] != '}')
            {
                return false;
            }
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        rest = rest[1..];
        return true;
    }

    private static bool Quoted(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] != Quote)
        {
            return false;
        }

        for (var at = 1; at < rest.Length; at++)
        {
            if (rest[at] == '\\')
            {
                at++;
            }
            else if (rest[at] == Quote)
            {
                rest = rest[(at + 1)..];
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<byte> Name(scoped ref ReadOnlySpan<byte> rest)
    {
        var length = 0;
        while (
            length < rest.Length && (IsNameByte(rest[length]) || rest[length] == ':') && (length > 0 || !char.IsAsciiDigit((char)rest[0]))
        )
        {
            length++;
        }

        return Take(ref rest, length);
    }

    private static ReadOnlySpan<byte> LabelName(scoped ref ReadOnlySpan<byte> rest)
    {
        var length = 0;
        while (length < rest.Length && IsNameByte(rest[length]) && (length > 0 || !char.IsAsciiDigit((char)rest[0])))
        {
            length++;
        }

        return Take(ref rest, length);
    }

    private static ReadOnlySpan<byte> Word(scoped ref ReadOnlySpan<byte> rest)
    {
        var length = rest.IndexOfAny((byte)' ', (byte)'\t');
        return Take(ref rest, length < 0 ? rest.Length : length);
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> rest, int length)
    {
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    private static ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> text) => text.TrimStart(" \t"u8);

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t';

    private static bool IsNameByte(byte b) => char.IsAsciiLetterOrDigit((char)b) || b == '_';
}
