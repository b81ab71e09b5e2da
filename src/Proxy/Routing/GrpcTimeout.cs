using System.Buffers.Text;

namespace Mesh.Proxy.Routing;

/// <summary>The <c>grpc-timeout</c> header: one to eight digits and a unit (gRPC over HTTP/2, "Timeout").</summary>
internal static class GrpcTimeout
{
    /// <summary>Of a value.</summary>
    public const int MaxLength = 9;

    private const long MostDigits = 99_999_999;

    /// <summary>A positive time in whole milliseconds, rounded up, or seconds where those would be too many digits; three years at most.</summary>
    public static int Write(TimeSpan timeout, Span<byte> value)
    {
        var milliseconds = ((timeout.Ticks - 1) / TimeSpan.TicksPerMillisecond) + 1;
        var (count, unit) = milliseconds <= MostDigits ? (milliseconds, (byte)'m') : (Math.Min(milliseconds / 1000, MostDigits), (byte)'S');
        Utf8Formatter.TryFormat(count, value, out var written);
        value[written] = unit;
        return written + 1;
    }

    public static bool TryParse(ReadOnlySpan<byte> value, out TimeSpan timeout)
    {
        timeout = default;
        if (
            value.Length is < 2 or > 9
            || !char.IsAsciiDigit((char)value[0])
            || !Utf8Parser.TryParse(value[..^1], out long count, out var read)
            || read != value.Length - 1
        )
        {
            return false;
        }

        // Finer than a tick is rounded up: a positive timeout must not become "none".
        var ticks = value[^1] switch
        {
            (byte)'H' => count * TimeSpan.TicksPerHour,
            (byte)'M' => count * TimeSpan.TicksPerMinute,
            (byte)'S' => count * TimeSpan.TicksPerSecond,
            (byte)'m' => count * TimeSpan.TicksPerMillisecond,
            (byte)'u' => count * TimeSpan.TicksPerMicrosecond,
            (byte)'n' => (count + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick,
            _ => -1,
        };
        timeout = new TimeSpan(Math.Max(0, ticks));
        return ticks >= 0;
    }
}
