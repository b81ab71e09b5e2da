using System.Buffers.Text;
using System.Globalization;

namespace Mesh.Proxy.Routing.Formats;

/// <summary>A time's format in strftime's letters, with <c>%f</c> and <c>%1f</c> to <c>%9f</c> for parts of a second as Envoy has them. UTC.</summary>
internal sealed class TimeFormat(string format)
{
    /// <summary>Longest that one letter becomes: the seconds since 1970 as digits.</summary>
    private const int LongestPiece = 20;

    private static readonly DateTimeFormatInfo Names = CultureInfo.InvariantCulture.DateTimeFormat;

    /// <summary>Room that <see cref="Write"/> needs.</summary>
    public int MaxBytes => (format.Length * LongestPiece / 2) + LongestPiece;

    /// <summary>Returns the number of bytes written.</summary>
    public int Write(DateTimeOffset time, Span<byte> to)
    {
        var written = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                to[written++] = (byte)format[i];
                continue;
            }

            i++;
            if (char.IsAsciiDigit(format[i]))
            {
                written += Fraction(time, format[i++] - '0', to[written..]);
            }
            else
            {
                written += Piece(time.UtcDateTime, format[i], to[written..]);
            }
        }

        return written;
    }

    private static int Piece(DateTime time, char letter, Span<byte> to) =>
        letter switch
        {
            'Y' => Number(time.Year, 4, to),
            'y' => Number(time.Year % 100, 2, to),
            'm' => Number(time.Month, 2, to),
            'd' => Number(time.Day, 2, to),
            'e' => Text(string.Create(CultureInfo.InvariantCulture, $"{time.Day, 2}"), to),
            'j' => Number(time.DayOfYear, 3, to),
            'H' => Number(time.Hour, 2, to),
            'I' => Number(((time.Hour + 11) % 12) + 1, 2, to),
            'M' => Number(time.Minute, 2, to),
            'S' => Number(time.Second, 2, to),
            'p' => Text(time.Hour < 12 ? "AM" : "PM", to),
            'a' => Text(Names.AbbreviatedDayNames[(int)time.DayOfWeek], to),
            'b' => Text(Names.AbbreviatedMonthNames[time.Month - 1], to),
            'z' => Text("+0000", to),
            'Z' => Text("UTC", to),
            's' => Number((time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond, 1, to),
            'f' => Fraction(time, 9, to),
            'T' => Joined(time, "H:M:S", to),
            'F' => Joined(time, "Y-m-d", to),
            _ => Text("%", to),
        };

    private static int Joined(DateTime time, string letters, Span<byte> to)
    {
        var written = 0;
        foreach (var letter in letters)
        {
            written += char.IsAsciiLetter(letter) ? Piece(time, letter, to[written..]) : Text(letter == ':' ? ":" : "-", to[written..]);
        }

        return written;
    }

    private static int Fraction(DateTimeOffset time, int digits, Span<byte> to)
    {
        var nanoseconds = time.UtcTicks % TimeSpan.TicksPerSecond * 100;
        for (var i = digits; i < 9; i++)
        {
            nanoseconds /= 10;
        }

        return Number(nanoseconds, digits, to);
    }

    private static int Number(long value, int digits, Span<byte> to)
    {
        Utf8Formatter.TryFormat(value, to, out var written, new('D', (byte)digits));
        return written;
    }

    private static int Text(string text, Span<byte> to) => System.Text.Encoding.ASCII.GetBytes(text, to);
}
