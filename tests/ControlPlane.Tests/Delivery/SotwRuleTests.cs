using Mesh.ControlPlane.Delivery;
using Mesh.Xds;
using static Mesh.ControlPlane.Tests.Delivery.SotwStream;
using static Mesh.ControlPlane.Tests.Delivery.StaticView;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>What xDS asks of a control plane on a state-of-the-world stream, one test a rule (or more where it has parts).</summary>
public sealed class SotwRuleTests
{
    [Fact]
    public void Rule01_Both_variants_bear_the_public_names()
    {
        Assert.Equal(
            "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources",
            DiscoveryService.SotwMethod.FullName
        );
        Assert.Equal(
            "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources",
            DiscoveryService.DeltaMethod.FullName
        );
        var stream = new SotwStream(new StaticView("1", Cluster("a")));
        Assert.Equal("type.googleapis.com/envoy.config.cluster.v3.Cluster", stream.Subscribe(TypeUrls.Cluster).TypeUrl);
    }

    [Fact]
    public void Rule02_The_node_of_the_first_request_counts_for_the_whole_stream()
    {
        var stream = new SotwStream(new StaticView("1", Cluster("a"), Listener("l")));
        stream.Session.OnRequest(
            new Pb.DiscoveryRequest
            {
                TypeUrl = TypeUrls.Cluster,
                Node = new Pb.Node { Id = "first" },
            }
        );
        stream.Session.OnRequest(new Pb.DiscoveryRequest { TypeUrl = TypeUrls.Listener });
        Assert.NotNull(stream.Next());
        Assert.NotNull(stream.Next());
        stream.Session.OnRequest(
            new Pb.DiscoveryRequest
            {
                TypeUrl = TypeUrls.Route,
                Node = new Pb.Node { Id = "another" },
            }
        );
        Assert.Equal("first", stream.Session.Node!.Id);
    }

    [Fact]
    public void Rule03_A_nonce_belongs_to_one_response_and_a_version_to_the_content_on_every_stream()
    {
        var view = new StaticView("1", Cluster("a"), Endpoints("a"));
        var (one, other) = (new SotwStream(view), new SotwStream(view));

        var first = one.Subscribe(TypeUrls.Cluster);
        var endpoints = one.Subscribe(TypeUrls.Endpoints, "a");
        Assert.NotEqual(first.Nonce, endpoints.Nonce);

        // A reconnect with the version it had: answered, with the same version.
        other.Request(TypeUrls.Cluster, version: first.Version);
        Assert.Equal(first.Version, other.Single().Version);
    }

    [Fact]
    public void Rule04_After_a_NACK_the_same_content_is_not_sent_again_and_other_content_is()
    {
        var stream = new SotwStream(new StaticView("1", Cluster("a")));
        var good = stream.Subscribe(TypeUrls.Cluster);
        stream.Ack(good);
        stream.View = new StaticView("2", Cluster("a", "bad"));
        var bad = stream.Single();

        var outcome = stream.Nack(bad, good.Version);

        Assert.Equal((RequestKind.Nacked, "no good"), (outcome.Kind, outcome.Error));
        Assert.Null(stream.Next());
        // A new state of the mesh with the same content changes nothing.
        stream.View = new StaticView("3", Cluster("a", "bad"));
        Assert.Null(stream.Next());
        stream.View = new StaticView("4", Cluster("a"));
        Assert.Equal(good.Version, stream.Single().Version);
    }

    [Fact]
    public void Rule04_Another_version_without_an_error_is_an_ACK()
    {
        var stream = new SotwStream(new StaticView("1", Cluster("a")));
        var response = stream.Subscribe(TypeUrls.Cluster);
        Assert.Equal(RequestKind.Acked, stream.Request(TypeUrls.Cluster, nonce: response.Nonce, version: "something else").Kind);
        Assert.Null(stream.Next());
    }

    [Fact]
    public void Rule05_A_request_with_an_old_nonce_is_ignored_and_one_without_is_a_subscription()
    {
        var stream = new SotwStream(new StaticView("1", Endpoints("a"), Endpoints("b")));
        var first = stream.Subscribe(TypeUrls.Endpoints, "a");
        // grpc-js widens its names before it has seen the first response.
        stream.Request(TypeUrls.Endpoints, ["a", "b"]);
        var second = stream.Single();
        Assert.Equal(["a", "b"], Names(second));

        Assert.Equal(RequestKind.Stale, stream.Ack(first, "a").Kind);
        Assert.Null(stream.Next());
        Assert.Equal(RequestKind.Acked, stream.Ack(second, "a", "b").Kind);
        Assert.Null(stream.Next());
    }

    [Fact]
    public void Rule06_A_name_asked_for_anew_is_answered_though_nothing_changed()
    {
        var stream = new SotwStream(new StaticView("1", Route("a"), Route("b")));
        var first = stream.Subscribe(TypeUrls.Route, "a");
        stream.Ack(first, "a", "b");
        var second = stream.Single();
        Assert.Equal(["a", "b"], Names(second));
        stream.Ack(second, "a", "b");
        stream.Ack(second, "a");
        Assert.Null(stream.Next());
        stream.Ack(second, "a", "b");
        Assert.Equal(["a", "b"], Names(stream.Single()));
    }

    [Fact]
    public void Rule07_What_is_missing_in_a_CDS_or_LDS_response_is_deleted_up_to_the_last()
    {
        var stream = new SotwStream(new StaticView("1", Cluster("a"), Cluster("b")));
        stream.Ack(stream.Subscribe(TypeUrls.Cluster));
        stream.View = new StaticView("2", Cluster("b"));
        Assert.Equal(["b"], Names(stream.Single()));
        stream.View = new StaticView("3");
        Assert.Empty(stream.Single().Resources);
    }

    [Fact]
    public void Rule07_Missing_endpoints_and_routes_are_not_a_deletion_and_send_nothing()
    {
        var stream = new SotwStream(new StaticView("1", Endpoints("a"), Endpoints("b")));
        stream.Ack(stream.Subscribe(TypeUrls.Endpoints, "a", "b"), "a", "b");
        stream.View = new StaticView("2", Endpoints("b"));
        Assert.Null(stream.Next());
        stream.View = new StaticView("3");
        Assert.Null(stream.Next());
    }

    [Fact]
    public void Rule08_No_name_ever_is_a_wildcard_and_no_name_after_names_is_nothing()
    {
        var stream = new SotwStream(new StaticView("1", Cluster("a"), Cluster("b")));
        var all = stream.Subscribe(TypeUrls.Cluster);
        Assert.Equal(["a", "b"], Names(all));
        stream.Ack(all, "b");
        var one = stream.Single();
        Assert.Equal(["b"], Names(one));
        stream.Ack(one);
        stream.View = new StaticView("2", Cluster("a", "changed"), Cluster("b", "changed"));
        Assert.Null(stream.Next());
    }

    [Fact]
    public void Rule08_The_star_is_a_wildcard_at_any_time()
    {
        var stream = new SotwStream(new StaticView("1", Cluster("a"), Cluster("b")));
        var one = stream.Subscribe(TypeUrls.Cluster, "b");
        stream.Ack(one, "b", "*");
        Assert.Equal(["a", "b"], Names(stream.Single()));
    }

    [Fact]
    public void Rule09_A_name_that_is_subscribed_to_twice_is_sent_once()
    {
        var view = new StaticView("1", Cluster("a"), Cluster("b"));
        view.OnDemand.Add((TypeUrls.Cluster, "extra"), Cluster("extra"));
        var stream = new SotwStream(view);
        Assert.Equal(["a", "b", "extra"], Names(stream.Subscribe(TypeUrls.Cluster, "a", "a", "*", "extra")));
    }

    [Fact]
    public void Rule10_A_missing_name_is_remembered_and_sent_when_it_appears()
    {
        var stream = new SotwStream(new StaticView("1"));
        stream.Request(TypeUrls.Endpoints, ["late"]);
        Assert.Null(stream.Next());
        // A missing cluster is answered: the empty response says that it does not exist.
        stream.Request(TypeUrls.Cluster, ["late"]);
        Assert.Empty(stream.Single().Resources);

        stream.View = new StaticView("2", Endpoints("late"), Cluster("late"));
        Assert.Equal(TypeUrls.Cluster, stream.Next()?.TypeUrl);
        Assert.Equal(["late"], Names(stream.Single()));
    }

    [Fact]
    public void Rule10_A_resource_that_exists_only_when_asked_for_follows_its_changes()
    {
        const string name = "reviews.default.svc.cluster.local:9080";
        StaticView View(string version, string content)
        {
            var view = new StaticView(version);
            view.OnDemand.Add((TypeUrls.Listener, name), Listener(name, content));
            return view;
        }
        var stream = new SotwStream(View("1", "one"));
        var first = stream.Subscribe(TypeUrls.Listener, name);
        Assert.Equal([name], Names(first));
        stream.Ack(first, name);
        stream.View = View("2", "two");
        Assert.Equal([name], Names(stream.Single()));
        Assert.Empty(new SotwStream(View("1", "one")).Subscribe(TypeUrls.Listener).Resources);
    }

    [Fact]
    public void Rule11_A_repeated_request_is_answered_though_nothing_changed()
    {
        var stream = new SotwStream(new StaticView("1", Cluster("a"), Endpoints("a")));
        stream.Ack(stream.Subscribe(TypeUrls.Cluster));
        var endpoints = stream.Subscribe(TypeUrls.Endpoints, "a");
        stream.Ack(endpoints, "a");
        stream.View = new StaticView("2", Cluster("a", "changed"), Endpoints("a"));
        Assert.Equal(TypeUrls.Cluster, stream.Single().TypeUrl);

        // The cluster warms until endpoints come: asked for again with the nonce that is answered already.
        stream.Ack(endpoints, "a");

        var again = stream.Single();
        Assert.Equal(["a"], Names(again));
        Assert.NotEqual(endpoints.Nonce, again.Nonce);
        stream.Ack(again, "a");
        Assert.Null(stream.Next());
    }

    [Fact]
    public void Rule11_An_ACK_that_crosses_a_changed_cluster_is_answered_once()
    {
        var stream = new SotwStream(new StaticView("1", Cluster("a"), Endpoints("a")));
        stream.Ack(stream.Subscribe(TypeUrls.Cluster));
        var endpoints = stream.Subscribe(TypeUrls.Endpoints, "a");
        stream.View = new StaticView("2", Cluster("a", "changed"), Endpoints("a"));
        Assert.Equal(TypeUrls.Cluster, stream.Single().TypeUrl);

        stream.Ack(endpoints, "a");
        stream.Ack(stream.Single(), "a");
        Assert.Null(stream.Next());
    }

    [Fact]
    public void A_type_url_is_needed_and_limits_end_the_stream()
    {
        var stream = new SotwStream(new StaticView("1"));
        Assert.Equal(RequestKind.Malformed, stream.Request("").Kind);
        Assert.Equal(RequestKind.OverLimit, stream.Request(TypeUrls.Route, [.. Enumerable.Range(0, 20_001).Select(i => $"r{i}")]).Kind);
        var outcomes = Enumerable.Range(0, 17).Select(i => stream.Request($"some/type.{i}", ["x"]).Kind).ToList();
        Assert.Equal(RequestKind.OverLimit, outcomes[^1]);
        Assert.Equal(RequestKind.Subscribed, outcomes[0]);
    }
}
