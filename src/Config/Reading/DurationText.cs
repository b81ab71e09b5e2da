using System.Buffers;
using System.Globalization;

namespace Mesh.Config.Reading;

/// <summary>Durations as Istio's API reads them: Go's notation, which includes protobuf's (<c>1.5s</c>), in whole milliseconds.</summary>
internal static class DurationText
{
    // The unit that is a beginning of another one comes after it.
    private static readonly (string Unit, decimal Milliseconds)[] Units =
    [
        ("ms", 1m),
        ("us", 0.001m),
        ("µs", 0.001m),
        ("ns", 0.000001m),
        ("h", 3_600_000m),
        ("m", 60_000m),
        ("s", 1000m),
    ];

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    // protobuf Duration: 10,000 years
    private const decimal MaxMilliseconds = 315_576_000_000m * 1000m;

    /// <summary>Reads a duration, or says what is wrong with it.</summary>
    internal static bool TryParse(string text, out TimeSpan duration, out string problem)
    {
        duration = default;
        problem = "must be a duration such as 10s, 1.5s, 100ms or 1h";
        if (text == "0")
        {
            return true; // Go's only duration without a unit
        }
        var rest = text.AsSpan();
        if (rest.Length > 0 && rest[0] == '-')
        {
            problem = "must not be negative";
            return false;
        }
        decimal total = 0;
        var parts = 0;
        while (rest.Length > 0)
        {
            var digits = rest.IndexOfAnyExcept(NumberCharacters);
            if (
                digits <= 0
                || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            )
            {
                if (digits < 0)
                {
                    problem = $"has no unit; write {text}s for seconds";
                }
                return false;
            }
            rest = rest[digits..];
            var unit = UnitAt(rest);
            if (unit.Unit is null || number > MaxMilliseconds)
            {
                return false;
            }
            total += number * unit.Milliseconds;
            rest = rest[unit.Unit.Length..];
            if (total > MaxMilliseconds || ++parts > Units.Length)
            {
                return false;
            }
        }
        if (parts == 0)
        {
            return false;
        }
        if (decimal.Truncate(total) != total)
        {
            problem = "must be a whole number of milliseconds";
            return false;
        }
        duration = TimeSpan.FromTicks((long)total * TimeSpan.TicksPerMillisecond);
        return true;
    }

    private static (string? Unit, decimal Milliseconds) UnitAt(ReadOnlySpan<char> text)
    {
        foreach (var unit in Units)
        {
            if (text.StartsWith(unit.Unit))
            {
                return unit;
            }
        }
        return (null, 0);
    }
}
