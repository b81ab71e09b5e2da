using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Status;
using Mesh.ControlPlane.Tests.Translation;
using Mesh.ControlPlane.Translation;

namespace Mesh.ControlPlane.Tests.Status;

/// <summary>Who has which version of an object, in one replica and over several.</summary>
public sealed class ProgrammedCountsTests
{
    private static readonly ObjectKey Rule = new(Kinds.DestinationRule, "shop", "rule");

    [Fact]
    public void Proxies_at_the_state_of_an_object_or_later_have_it()
    {
        var ledger = new ConfigurationLedger();
        Publish(ledger, 1, "1", Given.Service("books", "shop"));
        Publish(ledger, 2, "2", Given.Service("books", "shop"), Given.Rule("rule", "shop", "books"));
        // A state that sends nothing to anybody shares the view of the one before.
        Publish(ledger, 3, "2", Given.Service("books", "shop"), Given.Rule("rule", "shop", "books"), Given.Rule("late", "shop", "other"));

        var counts = new ProgrammedCounts(ledger.Current, ["1", "2", "2", "", "forgotten"], []);
        Assert.Equal(new Programmed(2, 5), counts.Since(ledger.Current.Objects[Rule].Since));
        Assert.Equal(new Programmed(5, 5), counts.Since(0));
        Assert.Equal(new Programmed(2, 5), counts.Since(3));
        Assert.Equal(new Programmed(0, 5), counts.Since(4));
    }

    [Fact]
    public void An_object_that_did_not_change_keeps_its_state_and_one_that_did_gets_the_new_one()
    {
        var ledger = new ConfigurationLedger();
        var first = Publish(ledger, 1, "1", Given.Rule("rule", "shop", "books"), Given.Rule("late", "shop", "other"));
        var changed = Given.Objects(Given.Rule("late", "shop", "third"));
        ledger.Published(State(2, ObjectSet.From([first.DestinationRules.Single(r => r.Key == Rule), .. changed.All])), "2");
        Assert.Equal((1, 2), (ledger.Current.Objects[Rule].Since, ledger.Current.Objects[Rule with { Name = "late" }].Since));
    }

    [Fact]
    public void States_that_are_about_endpoints_alone_do_not_push_out_what_a_proxy_has()
    {
        var ledger = new ConfigurationLedger();
        Publish(ledger, 1, "1", Given.Rule("rule", "shop", "books"));
        var first = ledger.Current.Objects[Rule].Object;
        var number = 1;
        while (number <= 2 * ConfigurationLedger.Length)
        {
            number++;
            var objects = Given.Objects(Given.Slice("books", "shop", $"10.0.{number / 256}.{number % 256}"));
            ledger.Published(State(number, ObjectSet.From([first, .. objects.All])), $"{number}");
        }

        var counts = new ProgrammedCounts(ledger.Current, ["1", $"{number}", "0", ""], []);
        Assert.Equal(new Programmed(2, 4), counts.Since(1));
        // Settled at what was published a moment ago, before the ledger heard of it.
        Assert.Equal(new Programmed(1, 1), new ProgrammedCounts(ledger.Current, [$"{number + 1}"], []).Since(1));
    }

    [Fact]
    public void Other_replicas_count_states_differently_but_know_them_by_what_is_in_them()
    {
        var (here, there) = (new ConfigurationLedger(), new ConfigurationLedger());
        Publish(here, 1, "1", Given.Rule("rule", "shop", "books"));
        Publish(there, 1, "1", Given.Rule("other", "shop", "books"));
        Publish(there, 2, "2", Given.Rule("rule", "shop", "books"));
        var report = ProgrammedCounts.Report(there.Current, ["1", "2", "2", ""]);
        Assert.Equal(4, report.Values.Sum());
        var counts = new ProgrammedCounts(here.Current, ["1"], [report, ImmutableDictionary<string, int>.Empty]);
        Assert.Equal(new Programmed(3, 5), counts.Since(1));
    }

    [Fact]
    public void Writes_are_few_at_once_and_so_many_a_second()
    {
        var bucket = new TokenBucket(10, 2);
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => bucket.TryTake(TimeSpan.FromSeconds(5))));
        Assert.False(bucket.TryTake(TimeSpan.FromSeconds(5.05)));
        Assert.True(bucket.TryTake(TimeSpan.FromSeconds(5.11)));
        Assert.False(bucket.TryTake(TimeSpan.FromSeconds(5.12)));
    }

    private static ObjectSet Publish(ConfigurationLedger ledger, long number, string view, params string[] documents)
    {
        var objects = Given.Objects(string.Join("\n---\n", documents));
        ledger.Published(State(number, objects), view);
        return objects;
    }

    private static MeshState State(long number, ObjectSet objects)
    {
        var translation = Translator.Translate(objects, MeshSettings.Default);
        return new(number, objects, translation.Snapshot, translation.Diagnostics, 0);
    }
}
