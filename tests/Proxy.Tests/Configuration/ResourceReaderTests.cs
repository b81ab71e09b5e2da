using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing;
using Mesh.Xds;
using static Mesh.Proxy.Tests.Configuration.Wire;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Configuration;

public sealed class ResourceReaderTests
{
    [Fact]
    public void Every_problem_of_a_resource_is_named_with_its_field()
    {
        var routes = Routes(
            "80",
            Host(
                "a",
                "a.*.com",
                new Pb.Route
                {
                    Match = new() { SafeRegex = new() { Regex = "(" } },
                    Route_ = new() { Cluster = "c" },
                }
            ),
            Host("b", "b", new Pb.Route { Match = new() { Prefix = "/" } }),
            Host("c", "b", To(("x", 0)))
        );

        var problems = ProblemsOf(routes);

        Assert.Collection(
            problems,
            p => Assert.StartsWith("virtual_hosts[0].domains: 'a.*.com'", p),
            p => Assert.StartsWith("virtual_hosts[0].routes[0].match.safe_regex: '('", p),
            p => Assert.StartsWith("virtual_hosts[1].routes[0].action", p),
            p => Assert.StartsWith("virtual_hosts[2].routes[0].route.weighted_clusters", p),
            p => Assert.StartsWith("virtual_hosts: the domain 'b' is claimed twice", p)
        );
    }

    [Fact]
    public void A_resource_that_calls_itself_otherwise_is_refused()
    {
        var problems = new List<string>();

        Assert.Null(ResourceReader.Read(TypeUrls.Cluster, "a", "1", Pack(Eds("b")), Then, problems));

        Assert.Equal(["name: the resource calls itself 'b'"], problems);
    }

    [Fact]
    public void A_resource_of_another_type_is_refused()
    {
        var problems = new List<string>();

        Assert.Null(ResourceReader.Read(TypeUrls.Cluster, "a", "1", Pack(HttpPort(80)), Then, problems));

        Assert.Contains("instead of envoy.config.cluster.v3.Cluster", Assert.Single(problems));
    }

    [Fact]
    public void Clusters_that_cannot_be_used_say_why()
    {
        Assert.Contains("eds_config", Assert.Single(ProblemsOf(Eds("a", c => c.EdsClusterConfig.EdsConfig = new() { Path = "/etc" }))));
        Assert.Contains(
            "cluster_type",
            Assert.Single(
                ProblemsOf(
                    new Pb.Cluster
                    {
                        Name = "a",
                        ClusterType = new() { Name = "aggregate" },
                    }
                )
            )
        );
        Assert.Contains("connect_timeout", Assert.Single(ProblemsOf(Eds("a", c => c.ConnectTimeout = new Duration()))));
        Assert.Contains("connect_timeout", Assert.Single(ProblemsOf(Eds("a", c => c.ConnectTimeout = new Duration { Seconds = -1 }))));
    }

    [Fact]
    public void Endpoints_have_addresses_ports_and_weights()
    {
        var assignment = Endpoints("a", ("not-an-address", 80), ("10.0.0.1", 70000), ("10.0.0.2", 80));
        assignment.Endpoints[0].LbEndpoints[2].LoadBalancingWeight = 0;

        var problems = ProblemsOf(assignment);

        Assert.Collection(
            problems,
            p => Assert.StartsWith("endpoints[0].lb_endpoints[0].endpoint.address", p),
            p => Assert.StartsWith("endpoints[0].lb_endpoints[1].endpoint.address", p),
            p => Assert.StartsWith("endpoints[0].lb_endpoints[2].load_balancing_weight", p)
        );
    }

    [Fact]
    public void An_unknown_filter_is_refused_because_it_may_forbid_something()
    {
        var network = Listener("a", "0.0.0.0", 80, Chain(new Pb.Router(), null));
        var http = Listener(
            "b",
            "0.0.0.0",
            80,
            Chain(
                new Pb.HttpConnectionManager
                {
                    Rds = new() { RouteConfigName = "80" },
                    HttpFilters =
                    {
                        new Pb.HttpFilter { Name = "rbac", TypedConfig = Pack(new Pb.TcpProxy()) },
                        Router(),
                    },
                },
                null
            )
        );

        Assert.Contains("filter_chains[0].filters[0].typed_config", Assert.Single(ProblemsOf(network)));
        Assert.Contains("http_filters[0]", Assert.Single(ProblemsOf(http)));
    }

    [Fact]
    public void An_optional_filter_nobody_knows_is_left_out()
    {
        var manager = new Pb.HttpConnectionManager
        {
            Rds = new() { RouteConfigName = "80" },
            HttpFilters =
            {
                new Pb.HttpFilter
                {
                    Name = "stats",
                    IsOptional = true,
                    TypedConfig = Pack(new Pb.TcpProxy()),
                },
                Router(),
            },
        };

        Assert.Empty(ProblemsOf(Listener("b", "0.0.0.0", 80, Chain(manager, null))));
    }

    [Fact]
    public void A_direct_response_may_not_read_files()
    {
        var route = new Pb.Route
        {
            Match = new() { Prefix = "/" },
            DirectResponse = new()
            {
                Status = 200,
                Body = new() { Filename = "/etc/passwd" },
            },
        };

        Assert.Contains("direct_response.body", Assert.Single(ProblemsOf(Routes("80", Host("a", "a", route)))));
    }

    [Fact]
    public void Header_values_cannot_break_lines_and_names_are_tokens()
    {
        var route = To("c");
        route.RequestHeadersToAdd.Add(
            new Pb.HeaderValueOption
            {
                Header = new() { Key = "x", Value = "a\r\nb: c" },
            }
        );
        route.ResponseHeadersToRemove.Add("not a name");

        var problems = ProblemsOf(Routes("80", Host("a", "a", route)));

        Assert.Equal(2, problems.Count);
        Assert.Contains("request_headers_to_add[0].header.value", problems[0]);
        Assert.Contains("response_headers_to_remove", problems[1]);
    }

    [Fact]
    public void Rewrites_and_redirects_cannot_split_what_they_stand_in()
    {
        var prefix = To("c");
        prefix.Route_.PrefixRewrite = "/a HTTP/1.1\r\nx: y";
        var host = To("c");
        host.Route_.HostRewriteLiteral = "a\nb";
        var regex = To("c");
        regex.Route_.RegexRewrite = new()
        {
            Pattern = new() { Regex = "a" },
            Substitution = "b c",
        };
        var redirect = new Pb.Route
        {
            Match = new() { Prefix = "/" },
            Redirect = new()
            {
                HostRedirect = "a\rb",
                PathRedirect = "/a\0",
                PortRedirect = 70_000,
            },
        };

        var problems = ProblemsOf(Routes("80", Host("a", "a", prefix, host, regex, redirect)));

        Assert.Contains(problems, p => p.Contains("routes[0].route.prefix_rewrite: has a space", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("routes[0].route.prefix_rewrite: has a line break", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("routes[1].route.host_rewrite_literal", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("routes[2].route.regex_rewrite.substitution", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("routes[3].redirect.host_redirect", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("routes[3].redirect.path_redirect", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("routes[3].redirect.port_redirect", StringComparison.Ordinal));
    }

    [Fact]
    public void Header_values_with_operators_are_read_once_and_unknown_ones_are_refused_with_their_place()
    {
        var route = To("c");
        route.RequestHeadersToAdd.Add(Header("x-client", "%DOWNSTREAM_REMOTE_ADDRESS%"));
        route.RequestHeadersToAdd.Add(Header("x-share", "50%%"));
        route.RequestHeadersToAdd.Add(Header("host", "%REQ(a)%"));

        var edits = Entry(Routes("80", Host("a", "a", route))).Meaning<RouteTable>().VirtualHosts[0].Rules[0].RequestEdits.Edits;

        Assert.NotNull(edits[0].Format);
        Assert.Equal((null, "50%"), (edits[1].Format, edits[1].Value));
        Assert.Equal((null, "%REQ(a)%"), (edits[2].Format, edits[2].Value));

        route.ResponseHeadersToAdd.Add(Header("x", "a %NO_SUCH%"));
        Assert.Contains(
            "response_headers_to_add[0].header.value: of 'x' has at position 3 the operator %NO_SUCH%",
            Assert.Single(ProblemsOf(Routes("80", Host("a", "a", route))))
        );

        static Pb.HeaderValueOption Header(string name, string value) =>
            new()
            {
                Header = new() { Key = name, Value = value },
            };
    }

    [Fact]
    public void Header_edits_of_all_levels_are_joined_the_narrower_first()
    {
        var route = To("c");
        route.RequestHeadersToAdd.Add(Option("x-route"));
        var host = Host("a", "a", route);
        host.RequestHeadersToAdd.Add(Option("x-host"));
        var config = Routes("80", host);
        config.RequestHeadersToAdd.Add(Option("x-table"));
        config.RequestHeadersToRemove.Add("X-Gone");

        var rule = Entry(config).Meaning<RouteTable>().VirtualHosts[0].Rules[0];

        Assert.Equal(["x-route", "x-host", "x-gone", "x-table"], rule.RequestEdits.Edits.Select(e => e.Name));
        Assert.Equal(HeaderEditKind.Set, rule.RequestEdits.Edits[0].Kind);

        static Pb.HeaderValueOption Option(string name) =>
            new()
            {
                Header = new() { Key = name, Value = "1" },
                AppendAction = Pb.HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
            };
    }

    [Theory]
    [InlineData("a(")]
    [InlineData("(?=a)b")]
    [InlineData(@"(a)\1")]
    [InlineData("((x{1,900}){1,900}){1,900}")]
    public void A_regex_that_RE2_would_not_take_is_refused(string regex)
    {
        var route = To("c");
        route.Match = new() { SafeRegex = new() { Regex = regex } };

        Assert.StartsWith("virtual_hosts[0].routes[0].match.safe_regex: '", Assert.Single(ProblemsOf(Routes("80", Host("a", "a", route)))));
    }

    [Fact]
    public void No_timeout_on_the_wire_is_fifteen_seconds_and_zero_is_none()
    {
        var absent = To("c");
        absent.Route_.Timeout = null;

        var rules = Entry(Routes("80", Host("a", "a", absent, To("c")))).Meaning<RouteTable>().VirtualHosts[0].Rules;

        Assert.Equal([TimeSpan.FromSeconds(15), TimeSpan.Zero], rules.Select(r => ((RuleAction.Forward)r.Action).Timeout));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Damaged_bytes_are_refused_or_understood_but_never_thrown(int seed)
    {
        var random = new Random(seed);
        IMessage[] sound =
        [
            Eds("a"),
            Endpoints("a", ("10.0.0.1", 80)),
            HttpPort(80),
            VirtualInbound("a;b;c;d;e", HttpChain("80", SniffedHttp(80))),
            Routes("80", Host("a", "a", To(("b", 1), ("c", 2)))),
        ];
        for (var i = 0; i < 2000; i++)
        {
            var message = sound[random.Next(sound.Length)];
            var bytes = message.ToByteArray();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var problems = new List<string>();
            var body = new Any { TypeUrl = TypeOf(message), Value = ByteString.CopyFrom(bytes) };
            var entry = ResourceReader.Read(TypeOf(message), NameOf(message), "1", body, Then, problems);

            Assert.True(entry is null == problems.Count > 0, $"seed {seed}, round {i}: {string.Join("; ", problems)}");
        }
    }
}
