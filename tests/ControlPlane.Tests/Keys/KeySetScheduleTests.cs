using Mesh.ControlPlane.Keys;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Tests.Keys;

public sealed class KeySetScheduleTests
{
    private static readonly KeySource A = new("https://a.example/keys", false, KeySource.DefaultTimeout);
    private static readonly KeySource B = new("https://b.example", true, KeySource.DefaultTimeout);
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(50);

    private readonly KeySetSchedule _schedule = new(KeySetOptions.Default, new Random(5));

    [Fact]
    public void What_is_followed_is_fetched_at_once_and_then_every_twenty_minutes()
    {
        _schedule.Follow([A, B], Start);
        Assert.Equal([A, B], _schedule.Due(Start).ToArray());
        Assert.Empty(_schedule.Due(Start));
        Assert.Null(_schedule.Wait(Start));

        _schedule.Succeeded(A, "1", null, Start);
        Assert.InRange(_schedule.Wait(Start)!.Value, TimeSpan.FromMinutes(18), TimeSpan.FromMinutes(20));
        Assert.Empty(_schedule.Due(Start.AddMinutes(18)));
        Assert.Equal([A], _schedule.Due(Start.AddMinutes(20)).ToArray());
    }

    [Fact]
    public void A_server_may_ask_for_more_often_but_not_all_the_time()
    {
        _schedule.Follow([A], Start);
        _schedule.Due(Start);
        _schedule.Succeeded(A, "1", TimeSpan.FromMinutes(5), Start);
        Assert.InRange(_schedule.Wait(Start)!.Value, TimeSpan.FromMinutes(4.5), TimeSpan.FromMinutes(5));

        _schedule.Due(Start.AddMinutes(5));
        _schedule.Succeeded(A, "1", TimeSpan.Zero, Start);
        Assert.InRange(_schedule.Wait(Start)!.Value, TimeSpan.FromSeconds(27), TimeSpan.FromSeconds(30));

        _schedule.Due(Start.AddMinutes(5));
        _schedule.Succeeded(A, "1", TimeSpan.FromDays(1), Start);
        Assert.InRange(_schedule.Wait(Start)!.Value, TimeSpan.FromMinutes(18), TimeSpan.FromMinutes(20));
    }

    [Fact]
    public void Failures_are_tried_again_after_waits_that_double_up_to_a_minute()
    {
        _schedule.Follow([A], Start);
        var now = Start;
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 60, 60 })
        {
            Assert.Equal([A], _schedule.Due(now).ToArray());
            _schedule.Failed(A, "down", now);
            Assert.InRange(_schedule.Wait(now)!.Value, TimeSpan.FromSeconds(0.9 * seconds), TimeSpan.FromSeconds(seconds));
            now = now.AddSeconds(seconds);
        }

        _schedule.Due(now);
        _schedule.Succeeded(A, "1", null, now);
        _schedule.Due(now.AddHours(1));
        _schedule.Failed(A, "down", now);
        Assert.InRange(_schedule.Wait(now)!.Value, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Keys_stay_in_force_while_later_attempts_fail()
    {
        _schedule.Follow([A, B], Start);
        _schedule.Due(Start);
        _schedule.Succeeded(A, "1", null, Start);
        _schedule.Failed(B, "down", Start);
        _schedule.Due(Start.AddHours(1));
        _schedule.Failed(A, "down", Start.AddHours(1));

        Assert.Equal(new FetchedKeys("1", "down"), _schedule.Current.Of(A));
        Assert.Equal(new FetchedKeys(null, "down"), _schedule.Current.Of(B));

        _schedule.Due(Start.AddHours(2));
        _schedule.Succeeded(A, "2", null, Start.AddHours(2));
        Assert.Equal(new FetchedKeys("2", null), _schedule.Current.Of(A));
    }

    [Fact]
    public void Nothing_new_is_no_change()
    {
        _schedule.Follow([A], Start);
        Assert.Same(KeySets.Empty, _schedule.Current);
        _schedule.Due(Start);
        _schedule.Succeeded(A, "1", null, Start);
        var first = _schedule.Current;
        _schedule.Due(Start.AddHours(1));
        _schedule.Succeeded(A, new string("1"), null, Start.AddHours(1));
        Assert.Same(first, _schedule.Current);
        _schedule.Follow([A, B], Start);
        Assert.Same(first, _schedule.Current);
    }

    [Fact]
    public void Keys_of_what_is_no_longer_followed_are_forgotten_also_when_they_come_late()
    {
        _schedule.Follow([A], Start);
        _schedule.Due(Start);
        _schedule.Succeeded(A, "1", null, Start);
        _schedule.Follow([], Start);
        Assert.Null(_schedule.Current.Of(A));
        _schedule.Succeeded(A, "2", null, Start);
        _schedule.Failed(A, "down", Start);
        Assert.Null(_schedule.Current.Of(A));
        Assert.Null(_schedule.Wait(Start));
    }

    [Fact]
    public void Only_so_many_are_fetched_at_once()
    {
        _schedule.Follow(
            [.. Enumerable.Range(0, 20).Select(i => new KeySource($"https://{i:D2}.example", false, KeySource.DefaultTimeout))],
            Start
        );
        var due = _schedule.Due(Start);
        Assert.Equal(KeySetOptions.Default.MostAtOnce, due.Length);
        Assert.Null(_schedule.Wait(Start));
        _schedule.Succeeded(due[0], "1", null, Start);
        Assert.Single(_schedule.Due(Start));
    }
}
