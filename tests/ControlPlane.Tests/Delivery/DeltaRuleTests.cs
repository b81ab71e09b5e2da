using Mesh.ControlPlane.Delivery;
using Mesh.Xds;
using static Mesh.ControlPlane.Tests.Delivery.DeltaStream;
using static Mesh.ControlPlane.Tests.Delivery.StaticView;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>What xDS asks of a control plane on a delta stream.</summary>
public sealed class DeltaRuleTests
{
    [Fact]
    public void Rule04_After_a_NACK_the_same_content_is_not_sent_again_and_other_content_is()
    {
        var stream = new DeltaStream(new StaticView("1", Cluster("a")));
        stream.Ack(stream.Subscribe(TypeUrls.Cluster));
        stream.View = new StaticView("2", Cluster("a", "bad"));
        var bad = stream.Single();

        var outcome = stream.Request(TypeUrls.Cluster, nonce: bad.Nonce, error: "no good");

        Assert.Equal((RequestKind.Nacked, "no good"), (outcome.Kind, outcome.Error));
        stream.View = new StaticView("3", Cluster("a", "bad"));
        Assert.Null(stream.Next());
        stream.View = new StaticView("4", Cluster("a"));
        Assert.Equal(["a"], Names(stream.Single()));
    }

    [Fact]
    public void Only_what_changed_is_sent_and_what_vanished_is_named()
    {
        var stream = new DeltaStream(new StaticView("1", Cluster("a"), Cluster("b"), Cluster("c")));
        stream.Ack(stream.Subscribe(TypeUrls.Cluster));
        stream.View = new StaticView("2", Cluster("a"), Cluster("b", "changed"), Cluster("d"));

        var changed = stream.Next()!;
        Assert.Equal(["b", "d"], Names(changed));
        Assert.Empty(changed.Removed);
        Assert.Equal(["c"], Removed(stream.Single()));
    }

    [Fact]
    public void Rule08_The_first_request_without_names_is_a_wildcard_until_the_star_is_unsubscribed()
    {
        var stream = new DeltaStream(new StaticView("1", Cluster("a")));
        stream.Ack(stream.Subscribe(TypeUrls.Cluster));
        stream.Request(TypeUrls.Cluster, unsubscribe: ["*"]);
        stream.View = new StaticView("2", Cluster("a", "changed"), Cluster("b"));
        Assert.Null(stream.Next());
        stream.Request(TypeUrls.Cluster, subscribe: ["*"]);
        Assert.Equal(["a", "b"], Names(stream.Single()));
    }

    [Fact]
    public void Rule09_A_name_that_is_subscribed_to_twice_is_sent_once()
    {
        var stream = new DeltaStream(new StaticView("1", Cluster("a"), Cluster("b")));
        Assert.Equal(["a", "b"], Names(stream.Subscribe(TypeUrls.Cluster, "*", "a", "a")));
    }

    [Fact]
    public void Rule10_A_missing_name_is_remembered_and_sent_when_it_appears()
    {
        var stream = new DeltaStream(new StaticView("1"));
        stream.Ack(stream.Subscribe(TypeUrls.Endpoints, "late"));
        stream.View = new StaticView("2", Endpoints("late"));
        Assert.Equal(["late"], Names(stream.Single()));
    }

    [Fact]
    public void Rule11_Endpoints_come_again_after_their_cluster_changed()
    {
        var stream = new DeltaStream(new StaticView("1", Cluster("a"), Endpoints("a"), Cluster("b"), Endpoints("b")));
        stream.Ack(stream.Subscribe(TypeUrls.Cluster));
        stream.Ack(stream.Subscribe(TypeUrls.Endpoints, "a", "b"));
        stream.View = new StaticView("2", Cluster("a", "changed"), Endpoints("a"), Cluster("b"), Endpoints("b"));

        Assert.Equal(TypeUrls.Cluster, stream.Next()?.TypeUrl);
        var endpoints = stream.Single();
        Assert.Equal((TypeUrls.Endpoints, "a"), (endpoints.TypeUrl, Assert.Single(Names(endpoints))));
    }

    [Fact]
    public void Rule12_A_change_of_the_subscription_counts_whatever_its_nonce()
    {
        var stream = new DeltaStream(new StaticView("1", Endpoints("a"), Endpoints("b")));
        var first = stream.Subscribe(TypeUrls.Endpoints, "a");
        stream.View = new StaticView("2", Endpoints("a", 1), Endpoints("b"));
        var second = stream.Single();

        stream.Request(TypeUrls.Endpoints, subscribe: ["b"], nonce: first.Nonce);

        Assert.Equal(["b"], Names(stream.Single()));
        stream.Request(TypeUrls.Endpoints, unsubscribe: ["a"], nonce: "never seen");
        stream.View = new StaticView("3", Endpoints("a", 2), Endpoints("b"));
        Assert.Null(stream.Next());
        Assert.Equal(RequestKind.Acked, stream.Ack(second).Kind);
    }

    [Fact]
    public void Rule13_A_name_subscribed_to_again_is_sent_again()
    {
        var stream = new DeltaStream(new StaticView("1", Endpoints("a"), Endpoints("b")));
        stream.Ack(stream.Subscribe(TypeUrls.Endpoints, "a", "b"));
        stream.Request(TypeUrls.Endpoints, subscribe: ["a"]);
        Assert.Equal(["a"], Names(stream.Single()));
    }

    [Fact]
    public void Rule14_A_reconnecting_client_gets_the_difference_to_what_it_holds()
    {
        var (kept, changed, added) = (Cluster("kept"), Cluster("changed", "now"), Cluster("added"));
        var stream = new DeltaStream(new StaticView("9", kept, changed, added));

        stream.Request(
            TypeUrls.Cluster,
            initial: [("kept", kept.Version), ("changed", Cluster("changed", "before").Version), ("gone", "0123456789abcdef")]
        );

        var response = stream.Next()!;
        Assert.Equal(["added", "changed"], Names(response));
        Assert.Equal(["gone"], response.Removed.Concat(stream.Next()?.Removed ?? []));
    }

    [Fact]
    public void Rule14_Named_resources_that_it_holds_are_not_sent_again()
    {
        var a = Endpoints("a");
        var stream = new DeltaStream(new StaticView("9", a, Endpoints("b")));
        stream.Request(TypeUrls.Endpoints, subscribe: ["a", "b", "gone"], initial: [("a", a.Version), ("gone", "0123456789abcdef")]);
        var response = stream.Next()!;
        Assert.Equal(["b"], Names(response));
        Assert.Equal(["gone"], response.Removed.Concat(stream.Next()?.Removed ?? []));
    }

    [Fact]
    public void Rule15_A_name_that_does_not_exist_is_answered_as_removed()
    {
        var stream = new DeltaStream(new StaticView("1", Endpoints("a")));
        var response = stream.Subscribe(TypeUrls.Endpoints, "a", "nowhere");
        Assert.Equal(["a"], Names(response));
        Assert.Equal(["nowhere"], Removed(response));
    }

    [Fact]
    public void Rule16_A_name_unsubscribed_beside_a_wildcard_is_answered()
    {
        var view = new StaticView("1", Cluster("a"));
        view.OnDemand.Add((TypeUrls.Cluster, "extra"), Cluster("extra"));
        var stream = new DeltaStream(view);
        stream.Ack(stream.Subscribe(TypeUrls.Cluster, "*", "a", "extra"));

        stream.Request(TypeUrls.Cluster, unsubscribe: ["a", "extra"]);

        var response = stream.Single();
        Assert.Equal(["a"], Names(response));
        Assert.Equal(["extra"], Removed(response));
    }

    [Fact]
    public void A_first_request_is_answered_even_with_nothing()
    {
        var response = new DeltaStream(new StaticView("1")).Subscribe(TypeUrls.Cluster);
        Assert.Empty(response.Resources);
        Assert.Empty(response.Removed);
    }

    [Fact]
    public void A_client_that_never_answers_is_served_on()
    {
        var stream = new DeltaStream(new StaticView("0", Cluster("a", "0")));
        stream.Subscribe(TypeUrls.Cluster);
        for (var i = 1; i < 200; i++)
        {
            stream.View = new StaticView($"{i}", Cluster("a", $"{i}"));
            Assert.Equal(["a"], Names(stream.Single()));
        }
    }
}
