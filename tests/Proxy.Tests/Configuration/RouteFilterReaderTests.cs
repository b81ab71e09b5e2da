using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.Faults;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;
using Rule = Mesh.Proxy.Routing.Rule;

namespace Mesh.Proxy.Tests.Configuration;

public sealed class RouteFilterReaderTests
{
    private static readonly Pb.FractionalPercent All = new() { Numerator = 100 };

    [Fact]
    public void A_fault_of_a_route_is_its_rules()
    {
        var fault = Read(
            ExtensionNames.Fault,
            new Pb.HTTPFault
            {
                Delay = new()
                {
                    FixedDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)),
                    Percentage = new() { Numerator = 5, Denominator = Pb.FractionalPercent.Types.DenominatorType.TenThousand },
                },
                Abort = new() { GrpcStatus = 14, Percentage = All },
            }
        ).Fault!;
        Assert.Equal(TimeSpan.FromSeconds(2), fault.Delay);
        Assert.Equal(new Fraction(5, 10_000), fault.Delayed);
        Assert.Equal(FaultAbort.OfGrpc(14), fault.Abort);
        Assert.Equal(new Fraction(100, 100), fault.Aborted);
    }

    [Fact]
    public void A_fault_without_percentage_is_for_nobody()
    {
        var fault = Read(ExtensionNames.Fault, new Pb.HTTPFault { Abort = new() { HttpStatus = 500 } }).Fault!;
        Assert.Equal(default, fault.Decide());
    }

    public static TheoryData<string, Pb.HTTPFault> Refused =>
        new()
        {
            {
                "headers",
                new Pb.HTTPFault { Headers = { new Pb.HeaderMatcher { Name = "x" } } }
            },
            {
                "only fixed_delay",
                new Pb.HTTPFault { Delay = new() { HeaderDelay = new() } }
            },
            {
                "http_status of 200 to 599",
                new Pb.HTTPFault
                {
                    Abort = new() { HeaderAbort = new(), Percentage = All },
                }
            },
            {
                "http_status of 200 to 599",
                new Pb.HTTPFault
                {
                    Abort = new() { HttpStatus = 99, Percentage = All },
                }
            },
            {
                "grpc_status of 0 to 16",
                new Pb.HTTPFault
                {
                    Abort = new() { GrpcStatus = 17, Percentage = All },
                }
            },
            {
                "is not a duration",
                new Pb.HTTPFault
                {
                    Delay = new()
                    {
                        FixedDelay = new Duration { Seconds = -1 },
                        Percentage = All,
                    },
                }
            },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_fault_that_would_hit_others_than_asked_for_is_refused(string because, Pb.HTTPFault fault) =>
        Assert.Contains(because, Assert.Single(Wire.ProblemsOf(Routes(ExtensionNames.Fault, fault))), StringComparison.Ordinal);

    [Fact]
    public void A_cross_origin_policy_of_a_route_is_its_rules()
    {
        var cors = Read(
            ExtensionNames.Cors,
            new Pb.HttpCors.CorsPolicy
            {
                AllowOriginStringMatch =
                {
                    new Pb.StringMatcher { Exact = "https://a" },
                    new Pb.StringMatcher { SafeRegex = new() { Regex = "b+" } },
                },
                AllowMethods = "GET",
                AllowHeaders = "x-a",
                ExposeHeaders = "x-b",
                MaxAge = "60",
                AllowCredentials = true,
                ForwardNotMatchingPreflights = false,
            }
        ).Cors!;
        Assert.Equal(2, cors.Origins.Length);
        Assert.Equal(
            ("GET", "x-a", "x-b", "60", true, false),
            (cors.AllowMethods, cors.AllowHeaders, cors.ExposeHeaders, cors.MaxAge, cors.AllowCredentials, cors.ForwardUnmatchedPreflights)
        );
    }

    [Fact]
    public void A_policy_that_is_switched_off_is_none() =>
        Assert.Null(Read(ExtensionNames.Cors, new Pb.HttpCors.CorsPolicy { FilterEnabled = new() { DefaultValue = new() } }).Cors);

    [Fact]
    public void A_line_break_in_a_policy_is_refused() =>
        Assert.Contains(
            "max_age",
            Assert.Single(Wire.ProblemsOf(Routes(ExtensionNames.Cors, new Pb.HttpCors.CorsPolicy { MaxAge = "1\r\nx: y" }))),
            StringComparison.Ordinal
        );

    [Fact]
    public void Configuration_for_a_filter_that_nobody_here_knows_is_refused() =>
        Assert.Contains(
            "'envoy.filters.http.rbac'",
            Assert.Single(Wire.ProblemsOf(Routes("envoy.filters.http.rbac", new Pb.HTTPFault()))),
            StringComparison.Ordinal
        );

    [Fact]
    public void Mirrors_are_read_and_their_clusters_are_waited_for()
    {
        var routes = Routes(ExtensionNames.Cors, new Pb.HttpCors.CorsPolicy());
        var action = routes.VirtualHosts[0].Routes[0].Route_;
        action.RequestMirrorPolicies.Add(
            new Pb.RouteAction.Types.RequestMirrorPolicy
            {
                Cluster = "copy",
                RuntimeFraction = new() { DefaultValue = new() { Numerator = 7 } },
                DisableShadowHostSuffixAppend = true,
            }
        );
        action.RequestMirrorPolicies.Add(
            new Pb.RouteAction.Types.RequestMirrorPolicy
            {
                Cluster = "never",
                RuntimeFraction = new() { DefaultValue = new() },
            }
        );
        var entry = Wire.Entry(routes);
        var mirror = Assert.Single(((RuleAction.Forward)entry.Meaning<RouteTable>().VirtualHosts[0].Rules[0].Action).Mirrors);
        Assert.Equal(("copy", new Fraction(7, 100), false), (mirror.ClusterName, mirror.Share, mirror.MarksAuthority));
        Assert.Equal(["a", "copy"], entry.References.Select(reference => reference.Name).Order());
    }

    private static Rule Read(string filter, IMessage config) =>
        Wire.Entry(Routes(filter, config)).Meaning<RouteTable>().VirtualHosts[0].Rules[0];

    private static Pb.RouteConfiguration Routes(string filter, IMessage config)
    {
        var route = Wire.To("a");
        route.TypedPerFilterConfig.Add(filter, Wire.Pack(config));
        return Wire.Routes("80", Wire.Host("h", "*", route));
    }
}
