using System.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Routing;

public sealed class GrpcTimeoutTests
{
    [Theory]
    [InlineData("1H", 3_600_000)]
    [InlineData("2M", 120_000)]
    [InlineData("30S", 30_000)]
    [InlineData("250m", 250)]
    [InlineData("5000u", 5)]
    [InlineData("1000000n", 1)]
    [InlineData("0S", 0)]
    [InlineData("99999999S", 99_999_999_000)]
    public void Digits_and_unit_make_a_timeout(string text, long milliseconds)
    {
        Assert.True(GrpcTimeout.TryParse(Encoding.ASCII.GetBytes(text), out var timeout));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), timeout);
    }

    [Fact]
    public void A_nanosecond_is_not_none()
    {
        Assert.True(GrpcTimeout.TryParse("1n"u8, out var timeout));
        Assert.Equal(TimeSpan.FromTicks(1), timeout);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("10")]
    [InlineData("10s")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData("1.5S")]
    [InlineData(" 1S")]
    [InlineData("1 S")]
    [InlineData("999999999S")]
    public void Anything_else_is_none(string text) => Assert.False(GrpcTimeout.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData(1, "1m")]
    [InlineData(20_000_000, "2000m")]
    [InlineData(999_999_990_000, "99999999m")]
    [InlineData(1_000_000_000_000, "100000S")]
    [InlineData(long.MaxValue, "99999999S")]
    public void Written_in_milliseconds_as_long_as_eight_digits_hold_them(long ticks, string expected)
    {
        Span<byte> value = stackalloc byte[GrpcTimeout.MaxLength];

        Assert.Equal(expected, Encoding.ASCII.GetString(value[..GrpcTimeout.Write(TimeSpan.FromTicks(ticks), value)]));
    }
}
