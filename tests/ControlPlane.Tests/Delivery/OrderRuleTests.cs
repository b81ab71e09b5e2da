using Mesh.Xds;
using static Mesh.ControlPlane.Tests.Delivery.StaticView;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>Make before break, on both kinds of stream.</summary>
public sealed class OrderRuleTests
{
    private static StaticView Before => new("1", Cluster("old"), Endpoints("old"), Listener("l"), Route("r", "old"));

    private static StaticView After => new("2", Cluster("new"), Endpoints("new"), Listener("l", "changed"), Route("r", "new"));

    [Fact]
    public void Rule17_Types_go_out_in_push_order_whatever_order_they_were_asked_for()
    {
        var stream = new SotwStream(Before);
        stream.Request(TypeUrls.Route, ["r"]);
        stream.Request(TypeUrls.Listener);
        stream.Request(TypeUrls.Endpoints, ["old"]);
        stream.Request(TypeUrls.Cluster);
        Assert.Equal(["CDS", "EDS", "LDS", "RDS"], Drain(stream).Select(r => TypeUrls.ShortName(r.TypeUrl)));
    }

    [Fact]
    public void Rule17_The_old_cluster_goes_after_the_last_route_to_it_is_replaced_and_accepted()
    {
        var stream = Subscribed();
        stream.View = After;
        var responses = Drain(stream);

        Assert.Equal(["CDS", "LDS", "RDS"], responses.Select(r => TypeUrls.ShortName(r.TypeUrl)));
        Assert.Equal(["new", "old"], SotwStream.Names(responses[0]));
        stream.Ack(responses[1]);
        Assert.Null(stream.Next());
        stream.Ack(responses[2], "r");
        Assert.Equal(["new"], SotwStream.Names(stream.Single()));
    }

    [Fact]
    public void Rule17_A_client_that_refuses_the_new_route_keeps_the_old_cluster()
    {
        var stream = Subscribed();
        stream.View = After;
        var responses = Drain(stream);
        stream.Ack(responses[1]);
        stream.Nack(responses[2], "", "r");
        Assert.Null(stream.Next());

        stream.View = new StaticView("3", Cluster("new"), Endpoints("new"), Listener("l", "changed"), Route("r", "new", "new"));
        var route = stream.Single();
        Assert.Equal(TypeUrls.Route, route.TypeUrl);
        stream.Ack(route, "r");
        Assert.Equal(["new"], SotwStream.Names(stream.Single()));
    }

    [Fact]
    public void Rule17_A_change_while_a_response_is_unanswered_still_sends_the_cluster_before_its_route()
    {
        var stream = Subscribed();
        stream.View = After;
        Assert.Equal(TypeUrls.Cluster, stream.Next()?.TypeUrl);
        // Nothing is answered yet, and the next state arrives: it is the one that counts.
        stream.View = new StaticView("3", Cluster("newer"), Endpoints("newer"), Listener("l"), Route("r", "newer"));
        var responses = Drain(stream);
        Assert.Equal(["CDS", "RDS"], responses.Select(r => TypeUrls.ShortName(r.TypeUrl)));
        Assert.Contains("newer", SotwStream.Names(responses[0]));
    }

    [Fact]
    public void Rule17_On_a_delta_stream_clusters_and_their_endpoints_are_removed_last()
    {
        var stream = new DeltaStream(Before);
        stream.Ack(stream.Subscribe(TypeUrls.Cluster));
        stream.Ack(stream.Subscribe(TypeUrls.Endpoints, "old", "new"));
        stream.Ack(stream.Subscribe(TypeUrls.Listener));
        stream.Ack(stream.Subscribe(TypeUrls.Route, "r"));
        stream.View = After;

        var responses = new List<DeltaResponse>();
        while (stream.Next() is { } response)
        {
            responses.Add(response);
        }
        Assert.Equal(["CDS", "EDS", "LDS", "RDS"], responses.Select(r => TypeUrls.ShortName(r.TypeUrl)));
        Assert.All(responses, r => Assert.Empty(r.Removed));
        stream.Ack(responses[2]);
        Assert.Null(stream.Next());
        stream.Ack(responses[3]);
        var (clusters, endpoints) = (stream.Next()!, stream.Single());
        Assert.Equal((TypeUrls.Cluster, "old"), (clusters.TypeUrl, Assert.Single(clusters.Removed)));
        Assert.Equal((TypeUrls.Endpoints, "old"), (endpoints.TypeUrl, Assert.Single(endpoints.Removed)));
    }

    private static SotwStream Subscribed()
    {
        var stream = new SotwStream(Before);
        stream.Ack(stream.Subscribe(TypeUrls.Cluster));
        stream.Ack(stream.Subscribe(TypeUrls.Listener));
        stream.Ack(stream.Subscribe(TypeUrls.Route, "r"), "r");
        return stream;
    }

    private static List<SotwResponse> Drain(SotwStream stream)
    {
        var responses = new List<SotwResponse>();
        while (stream.Next() is { } response)
        {
            responses.Add(response);
        }
        return responses;
    }
}
