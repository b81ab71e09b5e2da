using Mesh.ControlPlane.Sources;

namespace Mesh.ControlPlane.Tests.Sources;

/// <summary>When a burst of changes is acted on.</summary>
public sealed class HoldoffTests
{
    private readonly Holdoff holdoff = new(At(100), At(1000));

    [Fact]
    public void Nothing_happened_nothing_is_due() => Assert.Null(holdoff.Remaining(At(5)));

    [Fact]
    public void One_signal_waits_for_quiet()
    {
        holdoff.Signal(At(10));

        Assert.Equal(At(70), holdoff.Remaining(At(40)));
        Assert.Equal(TimeSpan.Zero, holdoff.Remaining(At(110)));
    }

    [Fact]
    public void Each_signal_starts_the_quiet_time_again()
    {
        holdoff.Signal(At(0));
        holdoff.Signal(At(90));

        Assert.Equal(At(90), holdoff.Remaining(At(100)));
    }

    [Fact]
    public void Signals_without_end_are_acted_on_after_the_limit()
    {
        for (var now = 0; now < 1000; now += 50)
        {
            holdoff.Signal(At(now));
            Assert.True(holdoff.Remaining(At(now)) > TimeSpan.Zero);
        }

        Assert.Equal(TimeSpan.Zero, holdoff.Remaining(At(1000)));
    }

    [Fact]
    public void After_acting_the_next_signal_starts_anew()
    {
        holdoff.Signal(At(0));
        holdoff.Reset();
        Assert.Null(holdoff.Remaining(At(2000)));

        holdoff.Signal(At(5000));
        Assert.Equal(At(100), holdoff.Remaining(At(5000)));
    }

    private static TimeSpan At(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
