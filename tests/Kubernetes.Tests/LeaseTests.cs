using Mesh.ApiServerDouble;
using Mesh.Kubernetes.Leases;

namespace Mesh.Kubernetes.Tests;

public sealed class LeaseTests
{
    private static readonly LeaseTimes Quick = new(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100));

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_lease_of_somebody_else_is_taken_only_after_its_duration_without_renewal_by_our_own_clock()
    {
        var session = new LeaseSession("us", LeaseTimes.Default);
        // Their clock is a year behind: what they wrote as time does not matter.
        var theirs = new LeaseRecord("them", 15, Now.AddYears(-1), Now.AddYears(-1), 3);
        Assert.Null(session.Wish(theirs, TimeSpan.FromSeconds(100), Now));
        Assert.Null(session.Wish(theirs, TimeSpan.FromSeconds(114), Now));
        var renewed = theirs with { RenewTime = theirs.RenewTime.AddSeconds(10) };
        Assert.Null(session.Wish(renewed, TimeSpan.FromSeconds(116), Now));
        Assert.Null(session.Wish(renewed, TimeSpan.FromSeconds(130), Now));
        var taken = session.Wish(renewed, TimeSpan.FromSeconds(131), Now);
        Assert.Equal(("us", 4), (taken!.Holder, taken.Transitions));
    }

    [Fact]
    public void A_lease_that_was_given_up_is_taken_at_once()
    {
        var session = new LeaseSession("us", LeaseTimes.Default);
        Assert.NotNull(session.Wish(new LeaseRecord("", 1, Now, Now, 1), TimeSpan.Zero, Now));
        Assert.NotNull(session.Wish(null, TimeSpan.Zero, Now));
    }

    [Fact]
    public void A_leader_that_cannot_renew_stops_before_others_may_begin()
    {
        var session = new LeaseSession("us", LeaseTimes.Default);
        session.Wrote(written: true, TimeSpan.FromSeconds(50));
        session.Failed(TimeSpan.FromSeconds(59));
        Assert.True(session.Leads);
        session.Failed(TimeSpan.FromSeconds(60));
        Assert.False(session.Leads);
    }

    [Fact]
    public void A_renewal_counts_from_when_it_was_sent_and_has_no_more_time_than_leadership_has()
    {
        var session = new LeaseSession("us", LeaseTimes.Default);
        Assert.Equal(TimeSpan.FromSeconds(10), session.Patience(TimeSpan.FromSeconds(50)));
        session.Wrote(written: true, TimeSpan.FromSeconds(50));
        Assert.Equal(TimeSpan.FromSeconds(3), session.Patience(TimeSpan.FromSeconds(57)));
        Assert.Equal(TimeSpan.Zero, session.Patience(TimeSpan.FromSeconds(61)));
        session.Failed(TimeSpan.FromSeconds(61));
        Assert.False(session.Leads);
    }

    [Fact]
    public async Task A_leader_whose_server_does_not_answer_stops_leading_before_the_answer_and_leads_again_later()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = TestApi.Client(server);
        var elector = new LeaderElector(client, "mesh", "leader", "pod-0", Quick, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var run = elector.RunAsync(stop.Token);
        await LeaderAsync(elector);
        var answer = new TaskCompletionSource();
        server.Faults.Hold = ("/leases/leader", answer.Task);
        // Less than a request may take.
        using var limit = new CancellationTokenSource(KubernetesClient.RequestTimeout * 0.8);
        while (elector.Leads)
        {
            await Task.Delay(10, limit.Token);
        }

        server.Faults.Hold = null;
        answer.SetResult();
        await LeaderAsync(elector);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task One_of_three_leads_and_another_takes_over_when_it_ends()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = TestApi.Client(server);
        var electors = Enumerable
            .Range(0, 3)
            .Select(i => new LeaderElector(client, "mesh", "leader", $"pod-{i}", Quick, TimeProvider.System))
            .ToArray();
        var stops = electors.Select(_ => new CancellationTokenSource()).ToArray();
        var runs = electors.Select((elector, i) => elector.RunAsync(stops[i].Token)).ToArray();

        var first = await LeaderAsync(electors);
        Assert.Single(electors, elector => elector.Leads);
        await stops[first].CancelAsync();
        await runs[first];
        Assert.False(electors[first].Leads);
        Assert.NotEqual(first, await LeaderAsync(electors));
        Assert.Single(electors, elector => elector.Leads);

        foreach (var stop in stops)
        {
            await stop.CancelAsync();
        }

        await Task.WhenAll(runs);
        Assert.DoesNotContain(electors, elector => elector.Leads);
    }

    [Fact]
    public async Task A_leader_whose_server_fails_stops_leading_and_leads_again_later()
    {
        await using var server = await ApiServer.StartAsync();
        using var client = TestApi.Client(server);
        var elector = new LeaderElector(client, "mesh", "leader", "pod-0", Quick, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var run = elector.RunAsync(stop.Token);
        await LeaderAsync(elector);
        server.Faults.Fail(100_000, 500);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (elector.Leads)
        {
            await Task.Delay(10, limit.Token);
        }

        Assert.Contains("500", elector.Problem, StringComparison.Ordinal);
        server.Faults.Fail(0, 500);
        await LeaderAsync(elector);
        await stop.CancelAsync();
        await run;
    }

    private static async Task<int> LeaderAsync(params LeaderElector[] electors)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            if (Array.FindIndex(electors, elector => elector.Leads) is >= 0 and var leader)
            {
                return leader;
            }

            await Task.Delay(10, limit.Token);
        }
    }
}
