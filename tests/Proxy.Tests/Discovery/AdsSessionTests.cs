using Google.Protobuf;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Security;
using Mesh.Proxy.Tests.Identity;
using Mesh.Xds;
using static Mesh.Proxy.Tests.Configuration.Wire;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Discovery;

public sealed class AdsSessionTests
{
    private readonly AdsSession _session = new(new Pb.Node { Id = "sidecar~10.0.0.7~a.b~b.svc" }, XdsSet.Empty);

    [Fact]
    public void A_stream_begins_with_the_node_once_and_both_wildcards()
    {
        var requests = _session.Connected();

        Assert.Equal([TypeUrls.Cluster, TypeUrls.Listener], requests.Select(r => r.TypeUrl));
        Assert.All(requests, r => Assert.Equal(["*"], r.ResourceNamesSubscribe));
        Assert.Equal("sidecar~10.0.0.7~a.b~b.svc", requests[0].Node.Id);
        Assert.Null(requests[1].Node);
        Assert.NotNull(_session.Connected()[0].Node);
    }

    [Fact]
    public void Trusted_roots_are_followed_where_there_is_an_identity_and_change_nothing_else()
    {
        using var authority = new TestAuthority("one");
        var session = new AdsSession(new Pb.Node(), XdsSet.Empty, roots: true);
        Assert.Equal([SecretResourceNames.Roots], session.Connected()[^1].ResourceNamesSubscribe);
        session.Receive(Response("1", Eds("a")), Then);

        var answer = session.Receive(Response("2", authority.Secret()), Then);

        Assert.Null(Assert.Single(answer).ErrorDetail);
        var roots = session.Current.Of(TypeUrls.Secret)[SecretResourceNames.Roots].Meaning<TrustedRoots>().Certificates;
        Assert.Equal(authority.Root.Thumbprint, Assert.Single(roots).Thumbprint);
        Assert.Equal(["a"], session.Current.Of(TypeUrls.Cluster).Keys);
    }

    [Fact]
    public void Roots_that_are_none_are_refused_and_the_last_good_ones_stay()
    {
        using var authority = new TestAuthority("one");
        var session = new AdsSession(new Pb.Node(), XdsSet.Empty, roots: true);
        session.Connected();
        session.Receive(Response("1", authority.Secret()), Then);
        var broken = authority.Secret();
        broken.ValidationContext.TrustedCa.InlineString = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        var key = new Pb.Secret { Name = SecretResourceNames.Roots, TlsCertificate = new() };

        foreach (var bad in new[] { broken, key })
        {
            Assert.NotNull(Assert.Single(session.Receive(Response("2", bad), Then)).ErrorDetail);
            Assert.Single(session.Current.Of(TypeUrls.Secret)[SecretResourceNames.Roots].Meaning<TrustedRoots>().Certificates);
        }
    }

    [Fact]
    public void Clusters_and_listeners_are_acknowledged_and_what_they_name_is_asked_for()
    {
        _session.Connected();

        var afterClusters = _session.Receive(Response("1", Eds("a"), Eds("b")), Then);
        var afterListeners = _session.Receive(Response("2", HttpPort(80), VirtualOutbound()), Then);

        Assert.Equal("1", afterClusters[0].ResponseNonce);
        Assert.Null(afterClusters[0].ErrorDetail);
        Assert.Equal((TypeUrls.Endpoints, "a,b"), (afterClusters[1].TypeUrl, string.Join(',', afterClusters[1].ResourceNamesSubscribe)));
        Assert.Empty(afterClusters[1].ResponseNonce);
        Assert.Equal((TypeUrls.Route, "80"), (afterListeners[1].TypeUrl, afterListeners[1].ResourceNamesSubscribe[0]));
        Assert.True(_session.Complete);
    }

    [Fact]
    public void One_bad_resource_refuses_the_response_and_every_bad_one_is_named()
    {
        _session.Connected();
        _session.Receive(Response("1", Eds("a")), Then);
        var before = _session.Current;
        var bad = new Pb.Cluster
        {
            Name = "bad1",
            ClusterType = new() { Name = "x" },
        };

        var answer = _session.Receive(Response("2", bad, Eds("good"), new Pb.Cluster(bad) { Name = "bad2" }), Then);

        var nack = Assert.Single(answer);
        Assert.Equal("2", nack.ResponseNonce);
        Assert.Equal(3, nack.ErrorDetail.Code);
        Assert.Contains("CDS 'bad1': cluster_type", nack.ErrorDetail.Message);
        Assert.Contains("CDS 'bad2': cluster_type", nack.ErrorDetail.Message);
        Assert.DoesNotContain("good", nack.ErrorDetail.Message);
        Assert.Same(before, _session.Current);
        Assert.Equal(["bad1", "bad2"], _session.Rejected.Select(r => r.Name));

        _session.Receive(Response("3", Eds("bad1"), Eds("bad2")), Then);
        Assert.Empty(_session.Rejected);
    }

    [Fact]
    public void What_came_beside_a_bad_resource_takes_effect_with_the_next_accepted_response()
    {
        _session.Connected();
        _session.Receive(Response("1", Eds("old")), Then);
        var refused = Response(
            "2",
            new Pb.Cluster
            {
                Name = "bad",
                ClusterType = new() { Name = "x" },
            },
            Eds("good")
        );
        refused.RemovedResources.Add("old");
        _session.Receive(refused, Then);
        Assert.Equal(["old"], _session.Current.Of(TypeUrls.Cluster).Keys);

        var answers = _session.Receive(Response("3", Eds("bad")), Then);

        Assert.Equal(["bad", "good"], _session.Current.Of(TypeUrls.Cluster).Keys.Order());
        Assert.Equal(["bad", "good"], answers[1].ResourceNamesSubscribe);
    }

    [Fact]
    public void Even_thousands_of_bad_resources_are_all_named()
    {
        _session.Connected();
        var bad = Enumerable
            .Range(0, 1000)
            .Select(i => new Pb.Cluster
            {
                Name = $"bad{i}",
                ClusterType = new() { Name = new string('x', 50) },
            });

        var reason = _session.Receive(Response("1", [.. bad]), Then)[0].ErrorDetail.Message;

        Assert.All(Enumerable.Range(0, 1000), i => Assert.Contains($"'bad{i}'", reason));
    }

    [Fact]
    public void A_missing_reference_is_awaited_and_no_reason_to_refuse()
    {
        _session.Connected();

        var answers = _session.Receive(Response("1", Eds("a")), Then);

        Assert.Null(answers[0].ErrorDetail);
        Assert.Equal([new ResourceRef(TypeUrls.Endpoints, "a")], _session.Awaited());
    }

    [Fact]
    public void What_the_control_plane_says_does_not_exist_is_awaited_no_longer()
    {
        _session.Connected();
        _session.Receive(Response("1", Eds("a")), Then);

        _session.Receive(Removal("2", TypeUrls.Endpoints, "a"), Then);
        Assert.Empty(_session.Awaited());
        Assert.Single(_session.Current.Missing());

        _session.Receive(Response("3", Endpoints("a", ("10.0.0.1", 80))), Then);
        Assert.Empty(_session.Current.Missing());
    }

    [Fact]
    public void A_removed_cluster_takes_its_endpoints_with_it()
    {
        _session.Connected();
        _session.Receive(Response("1", Eds("a"), Eds("b")), Then);
        _session.Receive(Response("2", Endpoints("a", ("10.0.0.1", 80)), Endpoints("b", ("10.0.0.2", 80))), Then);

        var answers = _session.Receive(Removal("3", TypeUrls.Cluster, "a"), Then);

        Assert.Equal(["a"], answers[1].ResourceNamesUnsubscribe);
        Assert.Equal(["b"], _session.Current.Of(TypeUrls.Endpoints).Keys);
        Assert.Empty(_session.Receive(Response("4", Endpoints("a", ("10.0.0.9", 80))), Then)[0].ErrorDetail?.Message ?? "");
        Assert.Equal(["b"], _session.Current.Of(TypeUrls.Endpoints).Keys);
    }

    [Fact]
    public void A_new_stream_tells_what_is_already_held()
    {
        _session.Connected();
        _session.Receive(Response("1", Eds("a")), Then);
        _session.Receive(Response("2", Endpoints("a", ("10.0.0.1", 80))), Then);

        var requests = _session.Connected();

        Assert.Equal(VersionOf(Eds("a")), requests.Single(r => r.TypeUrl == TypeUrls.Cluster).InitialResourceVersions["a"]);
        var endpoints = requests.Single(r => r.TypeUrl == TypeUrls.Endpoints);
        Assert.Equal(["a"], endpoints.ResourceNamesSubscribe);
        Assert.Equal(VersionOf(Endpoints("a", ("10.0.0.1", 80))), endpoints.InitialResourceVersions["a"]);
    }

    [Fact]
    public void The_same_version_again_changes_nothing()
    {
        _session.Connected();
        _session.Receive(Response("1", Eds("a")), Then);
        var entry = _session.Current.Of(TypeUrls.Cluster)["a"];

        var answers = _session.Receive(Response("2", Eds("a")), Then.AddDays(1));

        Assert.Equal("2", Assert.Single(answers).ResponseNonce);
        Assert.Same(entry, _session.Current.Of(TypeUrls.Cluster)["a"]);
    }

    [Fact]
    public void Odd_responses_are_refused_with_their_reason()
    {
        _session.Connected();
        var twice = Response("1", Eds("a"), Eds("a"));
        var nameless = Response("2", Eds("a"));
        nameless.Resources[0].Name = "";
        var unknown = new Pb.DeltaDiscoveryResponse { TypeUrl = "type.googleapis.com/a.b.C", Nonce = "3" };
        var otherType = Response("4", HttpPort(80));
        otherType.TypeUrl = TypeUrls.Cluster;

        Assert.Contains("twice", _session.Receive(twice, Then)[0].ErrorDetail.Message);
        Assert.Contains("no name", _session.Receive(nameless, Then)[0].ErrorDetail.Message);
        Assert.Contains("not asked for", _session.Receive(unknown, Then)[0].ErrorDetail.Message);
        Assert.Contains("instead of", _session.Receive(otherType, Then)[0].ErrorDetail.Message);
        Assert.Equal(XdsSet.Empty.Version, _session.Current.Version);
    }

    [Fact]
    public void A_heartbeat_without_body_keeps_the_resource()
    {
        _session.Connected();
        _session.Receive(Response("1", Eds("a")), Then);
        var heartbeat = Response("2", Eds("a"));
        heartbeat.Resources[0].Resource_ = null;
        heartbeat.Resources[0].Version = "other";

        Assert.Null(_session.Receive(heartbeat, Then)[0].ErrorDetail);
        Assert.Equal(VersionOf(Eds("a")), _session.Current.Of(TypeUrls.Cluster)["a"].Version);
    }

    [Fact]
    public void A_restored_session_is_complete_before_any_response()
    {
        var restored = new AdsSession(new Pb.Node(), Set(Eds("a"), Endpoints("a", ("10.0.0.1", 80)), VirtualOutbound()));

        Assert.True(restored.Complete);
        Assert.Equal([TypeUrls.Cluster, TypeUrls.Endpoints, TypeUrls.Listener], restored.Connected().Select(r => r.TypeUrl));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    [InlineData(5, false)]
    [InlineData(5, true)]
    public void After_any_schedule_of_changes_faults_and_lost_streams_both_sides_hold_the_same(int seed, bool countsRefused)
    {
        var random = new Random(seed);
        var server = new ModelServer(random, countsRefused);
        for (var step = 0; step < 600; step++)
        {
            switch (random.Next(10))
            {
                case 0 when step > 0:
                    server.Connect(_session);
                    break;
                case < 5:
                    server.ChangeSomething();
                    break;
                default:
                    var before = _session.Current;
                    if (server.Exchange(_session) is { ErrorDetail: not null })
                    {
                        Assert.Same(before, _session.Current);
                    }

                    break;
            }
        }

        server.MakeAllSound();
        if (!countsRefused)
        {
            server.Connect(_session);
        }

        server.Settle(_session);

        server.AssertHeldBy(_session);
    }

    internal static Pb.DeltaDiscoveryResponse Response(string nonce, params IMessage[] messages)
    {
        var response = new Pb.DeltaDiscoveryResponse { TypeUrl = TypeOf(messages[0]), Nonce = nonce };
        response.Resources.AddRange(
            messages.Select(m => new Pb.Resource
            {
                Name = NameOf(m),
                Version = VersionOf(m),
                Resource_ = Pack(m),
            })
        );
        return response;
    }

    private static Pb.DeltaDiscoveryResponse Removal(string nonce, string typeUrl, string name) =>
        new()
        {
            TypeUrl = typeUrl,
            Nonce = nonce,
            RemovedResources = { name },
        };
}
