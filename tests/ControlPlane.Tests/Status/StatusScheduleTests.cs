using Mesh.ControlPlane.Status;

namespace Mesh.ControlPlane.Tests.Status;

/// <summary>Which status is written when, among ten thousand objects, by a clock of the test's own.</summary>
public sealed class StatusScheduleTests
{
    private const int Many = 10_000;

    [Fact]
    public void A_change_of_one_object_among_ten_thousand_writes_that_one_alone()
    {
        var run = Settled(Many);
        run.Put(StatusRun.Rule(77), generation: 2);
        run.Programmed = new(5, 5);
        run.Steps(120);
        Assert.Equal([StatusRun.Rule(77)], run.Writes.Select(write => write.Name));
    }

    [Fact]
    public void A_change_is_written_when_it_came_while_it_spreads_and_when_all_have_it()
    {
        var run = Settled(1);
        run.Put(StatusRun.Rule(0), generation: 2);
        run.Programmed = new(0, 5);
        run.Step();
        Assert.Equal("programmed on 0 of 5 proxies", run.Message(StatusRun.Rule(0), "Programmed"));
        run.Programmed = new(3, 5);
        run.Steps(7);
        Assert.Equal("programmed on 3 of 5 proxies", run.Message(StatusRun.Rule(0), "Programmed"));
        run.Programmed = new(5, 5);
        run.Step();
        Assert.Equal("programmed on 5 of 5 proxies", run.Message(StatusRun.Rule(0), "Programmed"));
        Assert.Equal(3, run.Writes.Count);
    }

    [Fact]
    public void A_number_that_is_itself_again_within_seconds_is_not_written()
    {
        var run = Settled(Many);
        for (var i = 0; i < 20; i++)
        {
            run.Programmed = new(0, 5 + i);
            run.Steps(4);
            run.Programmed = new(5, 5);
            run.Step();
        }

        Assert.Empty(run.Writes);
    }

    [Fact]
    public void One_proxy_more_reaches_every_object_at_a_bounded_rate_and_within_a_bounded_time()
    {
        var run = Settled(Many);
        var start = run.Now;
        run.Programmed = new(6, 6);
        run.UntilQuiet();
        Assert.Equal(Many, run.Writes.Count);
        Assert.Equal(Many, run.Writes.Select(write => write.Name).Distinct().Count());
        var bound = StatusSchedule.CountPeriod.TotalSeconds + StatusSchedule.Settling.TotalSeconds + (Many / StatusSchedule.Rate) + 1;
        Assert.InRange((run.Now - start).TotalSeconds, 0, bound);
        Assert.All(run.Writes.GroupBy(write => write.At), second => Assert.InRange(second.Count(), 0, (int)StatusSchedule.Burst));
        Assert.InRange(run.Writes.Count / (run.Writes[^1].At - run.Writes[0].At).TotalSeconds, 0, StatusSchedule.Rate + 1);
    }

    [Fact]
    public void Proxies_that_come_and_go_all_the_time_do_not_make_more_writes_than_the_rate_nor_starve_any_object()
    {
        var run = Settled(300);
        var start = run.Now;
        for (var i = 0; i < 300; i++)
        {
            run.Programmed = new(6 + i, 6 + i);
            run.Step();
        }

        var perObject = run.Writes.GroupBy(write => write.Name).Select(writes => writes.Count()).ToList();
        Assert.Equal(300, perObject.Count);
        var most = (int)((run.Now - start) / StatusSchedule.CountPeriod);
        Assert.All(perObject, writes => Assert.InRange(writes, most - 3, most + 1));
    }

    [Fact]
    public void A_new_error_is_written_at_once_while_ten_thousand_numbers_wait()
    {
        var run = Settled(Many);
        run.Programmed = new(6, 6);
        run.Steps(40);
        Assert.NotEmpty(run.Writes);
        foreach (var name in new[] { "zz-broken", "zz-worse" })
        {
            run.Put(name, isSound: false);
            run.Step();
            Assert.Contains((run.Now, name), run.Writes);
            Assert.Contains("FASTEST", run.Message(name, "Accepted"), StringComparison.Ordinal);
        }

        Assert.True(run.Schedule.Waiting > Many / 2);
    }

    [Fact]
    public void Of_many_new_objects_the_refused_come_first()
    {
        var run = new StatusRun();
        for (var i = 0; i < 2000; i++)
        {
            run.Put(StatusRun.Rule(i), isSound: i % 100 != 99);
        }

        run.Steps(2);
        Assert.Equal(20, run.Writes.Take(20).Count(write => write.Name.EndsWith("99", StringComparison.Ordinal)));
        Assert.InRange(run.UntilQuiet(), 0, (int)(2000 / StatusSchedule.Rate) + 10);
        Assert.Equal(2000, run.Writes.Select(write => write.Name).Distinct().Count());
    }

    [Fact]
    public void Numbers_get_their_turn_also_while_news_never_end()
    {
        var run = Settled(100);
        run.Programmed = new(6, 6);
        for (var generation = 2; generation < 202; generation++)
        {
            for (var i = 0; i < 30; i++)
            {
                run.Put($"restless-{i}", generation: generation);
            }

            run.Step();
        }

        Assert.Equal(
            100,
            run.Writes.Select(write => write.Name).Where(name => name.StartsWith("rule-", StringComparison.Ordinal)).Distinct().Count()
        );
        Assert.InRange(run.Writes.Count, 0, (int)(StatusSchedule.Burst + (200 * StatusSchedule.Rate)));
    }

    [Fact]
    public void An_object_that_the_server_never_takes_holds_up_nobody_and_is_asked_for_ever_more_rarely_until_it_changes()
    {
        var run = new StatusRun { Answer = name => name == "stubborn" ? StatusOutcome.Refused : StatusOutcome.Written };
        run.Put("stubborn", isSound: false);
        run.Put("willing");
        run.Steps(600);
        Assert.Contains(run.Writes, write => write.Name == "willing");
        var asked = run.Writes.Count(write => write.Name == "stubborn");
        Assert.InRange(asked, 5, 9);
        run.Put("stubborn", isSound: false, generation: 2);
        run.Step();
        Assert.Equal(asked + 1, run.Writes.Count(write => write.Name == "stubborn"));
    }

    [Fact]
    public void A_server_that_takes_nothing_is_left_alone_longer_each_time_and_everything_is_written_once_it_does()
    {
        var run = new StatusRun { Answer = _ => StatusOutcome.Unavailable };
        for (var i = 0; i < 50; i++)
        {
            run.Put(StatusRun.Rule(i));
        }

        run.Steps(300);
        Assert.InRange(run.Writes.Count, 10, 16);
        run.Writes.Clear();
        run.Answer = _ => StatusOutcome.Written;
        run.UntilQuiet();
        Assert.Equal(50, run.Writes.Select(write => write.Name).Distinct().Count());
    }

    [Fact]
    public void What_a_server_asks_to_wait_is_waited()
    {
        var run = new StatusRun();
        run.Put("one");
        run.Schedule.Unavailable(run.Now, TimeSpan.FromSeconds(50));
        run.Steps(49);
        Assert.Empty(run.Writes);
        run.Step();
        Assert.Single(run.Writes);
    }

    [Fact]
    public void What_is_gone_is_forgotten()
    {
        var run = new StatusRun();
        run.Put("one");
        run.Put("two", isSound: false);
        run.Answer = _ => StatusOutcome.Refused;
        run.Step();
        Assert.Equal(2, run.Schedule.Waiting);
        run.Delete("two");
        run.Step();
        Assert.Equal(1, run.Schedule.Waiting);
    }

    [Fact]
    public void A_new_leader_writes_nothing_again_and_waits_for_proxies_to_come_back()
    {
        var run = Settled(Many);
        run.Schedule.Reset();
        run.Programmed = new(0, 0);
        run.Steps(20);
        run.Programmed = new(5, 5);
        run.Steps(60);
        Assert.Empty(run.Writes);
    }

    private static StatusRun Settled(int count)
    {
        var run = new StatusRun();
        for (var i = 0; i < count; i++)
        {
            run.Put(StatusRun.Rule(i));
        }

        run.UntilQuiet();
        run.Steps((int)StatusSchedule.Recent.TotalSeconds + 10);
        run.Writes.Clear();
        return run;
    }
}
