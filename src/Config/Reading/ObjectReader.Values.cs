using System.Collections.Immutable;
using System.Globalization;

namespace Mesh.Config.Reading;

/// <summary>Scalars, and lists and maps of them.</summary>
internal sealed partial class ObjectReader
{
    private const int MaxPort = 65535;
    private static readonly TimeSpan OneMillisecond = TimeSpan.FromMilliseconds(1);

    internal string? Text(string name)
    {
        Learn(name, SchemaKind.Text);
        return Take(name) is { } entry ? TextOf(entry.Value, Path.Field(name)) : null;
    }

    internal string RequiredText(string name)
    {
        var text = Text(name);
        if (string.IsNullOrEmpty(text) && probe is null && !IsReported(name))
        {
            ReportMissing(name);
        }
        return text ?? "";
    }

    internal bool? Boolean(string name)
    {
        Learn(name, SchemaKind.Boolean);
        if (Take(name) is not { } entry)
        {
            return null;
        }
        if (entry.Value is ScalarNode { Kind: ScalarKind.Boolean } scalar)
        {
            return scalar.IsTrue;
        }
        WrongType(entry.Value, Path.Field(name), "true or false");
        return null;
    }

    internal int? Integer(string name, int min = 0, int max = int.MaxValue) => (int?)Long(name, min, max);

    internal long? Long(string name, long min, long max)
    {
        Learn(name, SchemaKind.Integer, min, max);
        return Take(name) is { } entry ? LongOf(entry.Value, Path.Field(name), min, max, DiagnosticCodes.NumberOutOfRange) : null;
    }

    internal int? Port(string name)
    {
        Learn(name, SchemaKind.Integer, 1, MaxPort);
        return Take(name) is { } entry ? (int?)LongOf(entry.Value, Path.Field(name), 1, MaxPort, DiagnosticCodes.InvalidPort) : null;
    }

    internal int RequiredPort(string name)
    {
        if (probe is null && !Has(name))
        {
            ReportMissing(name);
        }
        return Port(name) ?? 0;
    }

    internal double? Number(string name, double min, double max, DiagnosticCode? code = null)
    {
        Learn(name, SchemaKind.Number, min, max);
        if (Take(name) is not { } entry)
        {
            return null;
        }
        if (entry.Value is not ScalarNode { Kind: ScalarKind.Number } scalar || !scalar.TryNumber(out var value))
        {
            WrongType(entry.Value, Path.Field(name), "a number");
            return null;
        }
        if (value < min || value > max)
        {
            var range = max == double.MaxValue ? $"at least {min}" : $"between {min} and {max}";
            context!.Report(
                code ?? DiagnosticCodes.NumberOutOfRange,
                Path.Field(name),
                entry.Value.Line,
                $"is {scalar.Text}, must be {range}"
            );
        }
        return value;
    }

    internal double? Percent(string name) => Number(name, 0, 100, DiagnosticCodes.InvalidPercentage);

    /// <summary>A duration of at least a millisecond, or of zero where that has a meaning.</summary>
    internal TimeSpan? Duration(string name, bool allowZero = false)
    {
        Learn(name, SchemaKind.Duration);
        if (Take(name) is not { } entry)
        {
            return null;
        }
        var path = Path.Field(name);
        if (entry.Value is ScalarNode { Kind: ScalarKind.Number } number)
        {
            context!.Report(
                DiagnosticCodes.InvalidDuration,
                path,
                number.Line,
                $"is {number.Describe()} and has no unit; write {number.Text}s for seconds"
            );
            return null;
        }
        if (TextOf(entry.Value, path) is not { } text)
        {
            return null;
        }
        if (!DurationText.TryParse(text, out var duration, out var problem))
        {
            context!.Report(DiagnosticCodes.InvalidDuration, path, entry.Value.Line, $"is \"{ScalarNode.Shorten(text)}\", {problem}");
            return null;
        }
        if (duration < OneMillisecond && !(allowZero && duration == TimeSpan.Zero))
        {
            context!.Report(DiagnosticCodes.InvalidDuration, path, entry.Value.Line, $"is {text}, must be at least 1ms");
        }
        return duration;
    }

    internal TimeSpan RequiredDuration(string name, bool allowZero = false)
    {
        if (probe is null && !Has(name))
        {
            ReportMissing(name);
        }
        return Duration(name, allowZero) ?? default;
    }

    internal T? Enum<T>(string name, EnumTable<T> table)
        where T : struct, Enum
    {
        probe?.Add(name, new(SchemaKind.Enum) { Values = [.. table.Names, .. table.Old.Keys.Order(StringComparer.Ordinal)] });
        if (Take(name) is not { } entry || TextOf(entry.Value, Path.Field(name)) is not { } text)
        {
            return null;
        }
        if (table.Old.TryGetValue(text, out var replacement))
        {
            context!.Report(
                DiagnosticCodes.OldValue,
                Path.Field(name),
                entry.Value.Line,
                $"is {text}, an old spelling; write {replacement} instead"
            );
            text = replacement;
        }
        if (table.TryGet(text, out var value))
        {
            return value;
        }
        var near = NearestName.Find(text, table.Names);
        context!.Report(
            DiagnosticCodes.UnknownValue,
            Path.Field(name),
            entry.Value.Line,
            $"is \"{ScalarNode.Shorten(text)}\", must be one of {string.Join(", ", table.Names)}"
                + (near is null ? "" : $"; did you mean {near}?")
        );
        return null;
    }

    internal ImmutableArray<string> Texts(string name)
    {
        Learn(name, SchemaKind.TextList);
        var values = ImmutableArray.CreateBuilder<string>();
        foreach (var (item, path) in Items(name, "a list of texts"))
        {
            if (TextOf(item, path) is { } text)
            {
                values.Add(text);
            }
        }
        return values.ToImmutable();
    }

    /// <summary>Texts of a list that restricts something: written and empty it would restrict nothing, which nobody means.</summary>
    internal ImmutableArray<string> SomeTexts(string name)
    {
        var values = Texts(name);
        if (Find(name) is >= 0 and var index && node.Entries[index].Value is ListNode { Items.Count: 0 })
        {
            Report(DiagnosticCodes.EmptyValue, name, "is an empty list, which would restrict nothing; give values, or remove it");
        }
        return values;
    }

    internal ImmutableArray<int> Integers(string name, int min, int max)
    {
        Learn(name, SchemaKind.IntegerList, min, max);
        var values = ImmutableArray.CreateBuilder<int>();
        foreach (var (item, path) in Items(name, "a list of numbers"))
        {
            if (LongOf(item, path, min, max, DiagnosticCodes.NumberOutOfRange) is { } value)
            {
                values.Add((int)value);
            }
        }
        return values.ToImmutable();
    }

    internal ImmutableSortedDictionary<string, string> TextMap(string name)
    {
        Learn(name, SchemaKind.TextMap);
        return MapOf(name, "a map of texts", TextOf);
    }

    internal ImmutableSortedDictionary<string, int> PortMap(string name) => IntegerMap(name, 1, MaxPort, DiagnosticCodes.InvalidPort);

    internal ImmutableSortedDictionary<string, int> IntegerMap(string name, int min, int max, DiagnosticCode? code = null)
    {
        Learn(name, SchemaKind.IntegerMap, min, max);
        return MapOf(
                name,
                "a map of numbers",
                (value, path) => (object?)LongOf(value, path, min, max, code ?? DiagnosticCodes.NumberOutOfRange)
            )
            .ToImmutableSortedDictionary(entry => entry.Key, entry => (int)(long)entry.Value, StringComparer.Ordinal);
    }

    /// <summary>A point in time as Kubernetes prints it.</summary>
    internal DateTimeOffset? Timestamp(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }
        if (
            DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out var time
            )
        )
        {
            return time;
        }
        Report(DiagnosticCodes.WrongType, name, $"is \"{ScalarNode.Shorten(text)}\", must be a time such as 2026-01-31T12:00:00Z");
        return null;
    }

    // A number or a text, as in a Service's targetPort.
    internal (int? Number, string? Text) PortOrName(string name)
    {
        Learn(name, SchemaKind.IntegerOrText);
        if (Take(name) is not { } entry)
        {
            return (null, null);
        }
        return entry.Value is ScalarNode { Kind: ScalarKind.Number }
            ? ((int?)LongOf(entry.Value, Path.Field(name), 1, MaxPort, DiagnosticCodes.InvalidPort), null)
            : (null, TextOf(entry.Value, Path.Field(name)));
    }

    // The field is there but was found wrong already, so that calling it missing would be a second message for one mistake.
    private bool IsReported(string name) =>
        Find(name) is >= 0 and var index && node.Entries[index].Value is not ScalarNode { Kind: ScalarKind.Text };

    private string? TextOf(Node value, FieldPath path)
    {
        if (value is ScalarNode { Kind: ScalarKind.Text } scalar)
        {
            return scalar.Text;
        }
        var quotes = value is ScalarNode { Kind: not ScalarKind.Null } ? "; put it in quotes" : "";
        WrongType(value, path, "a text" + quotes);
        return null;
    }

    private long? LongOf(Node value, FieldPath path, long min, long max, DiagnosticCode code)
    {
        if (value is not ScalarNode { Kind: ScalarKind.Number } scalar)
        {
            var quotes =
                value is ScalarNode { Kind: ScalarKind.Text } text && ScalarNode.KindOfPlain(text.Text) == ScalarKind.Number
                    ? "; remove the quotes"
                    : "";
            WrongType(value, path, "a whole number" + quotes);
            return null;
        }
        // 80.0 is an integer to JSON; 0x50 and 0120 mean different things to different YAML readers.
        var plain = !scalar.Text.TrimStart('-', '+').StartsWith('0') || scalar.Text.TrimStart('-', '+') is "0" || scalar.Text.Contains('.');
        if (!plain || !scalar.TryNumber(out var number) || number != Math.Floor(number))
        {
            WrongType(value, path, "a whole number in decimal digits");
            return null;
        }
        if (number < min || number > max)
        {
            var range =
                max is not (int.MaxValue or long.MaxValue) ? $"between {min} and {max}"
                : number > max ? $"at most {max}"
                : $"at least {min}";
            context!.Report(code, path, value.Line, $"is {ScalarNode.Shorten(scalar.Text)}, must be {range}");
            return null;
        }
        return (long)number;
    }
}
