using FsCheck;
using FsCheck.Fluent;
using Mesh.Config.Reading;

namespace Mesh.Config.Tests;

/// <summary>Durations in Go's and protobuf's notation.</summary>
public sealed class DurationTextTests
{
    [Theory]
    [InlineData("10s", 10_000)]
    [InlineData("1.5s", 1500)]
    [InlineData("100ms", 100)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1h2m3s4ms", 3_723_004)]
    [InlineData(".5s", 500)]
    [InlineData("2.s", 2000)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("1000us", 1)]
    [InlineData("1000µs", 1)]
    [InlineData("1000000ns", 1)]
    [InlineData("315576000000s", 315_576_000_000_000)]
    public void A_sound_duration_is_read(string text, long milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration, out var problem), problem);

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Fact]
    public void Any_number_of_milliseconds_is_read_back() =>
        Check.One(
            FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500),
            Prop.ForAll(
                ArbMap.Default.ArbFor<uint>(),
                number =>
                    DurationText.TryParse($"{number}ms", out var duration, out _) && duration == TimeSpan.FromMilliseconds((double)number)
            )
        );

    [Theory]
    [InlineData("", "such as 10s")]
    [InlineData("10", "write 10s")]
    [InlineData("-1s", "negative")]
    [InlineData("1.5ms", "whole number of milliseconds")]
    [InlineData("1ns", "whole number of milliseconds")]
    [InlineData("s", "such as 10s")]
    [InlineData("1.2.3s", "such as 10s")]
    [InlineData("1d", "such as 10s")]
    [InlineData("1 s", "such as 10s")]
    [InlineData("1S", "such as 10s")]
    [InlineData("9999999999999h", "such as 10s")]
    [InlineData("99999999999999999999999999999999s", "such as 10s")]
    public void Anything_else_is_refused_with_its_reason(string text, string reason)
    {
        Assert.False(DurationText.TryParse(text, out _, out var problem));

        Assert.Contains(reason, problem);
    }
}
