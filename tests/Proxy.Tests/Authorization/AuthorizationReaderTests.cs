using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Security.Authorization;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Authorization;

public sealed class AuthorizationReaderTests
{
    private static Pb.Policy Everything =>
        new() { Permissions = { new Pb.Permission { Any = true } }, Principals = { new Pb.Principal { Any = true } } };

    public static TheoryData<string, Pb.RBAC> Unsound =>
        new()
        {
            { "rules.policies[p].condition", With(policy => policy.Condition = ByteString.CopyFrom(1)) },
            { "rules.policies[p].permissions", With(policy => policy.Permissions.Clear()) },
            { "rules.policies[p].principals", With(policy => policy.Principals.Clear()) },
            { "rules.policies[p].permissions[0].rule", With(policy => policy.Permissions[0] = new Pb.Permission()) },
            { "rules.policies[p].principals[0].identifier", With(policy => policy.Principals[0] = new Pb.Principal()) },
            {
                "rules.policies[p].principals[0].not_id.string_match.safe_regex",
                With(policy =>
                    policy.Principals[0] = new()
                    {
                        NotId = new() { Authenticated = new() { PrincipalName = new() { SafeRegex = new() { Regex = "(" } } } },
                    }
                )
            },
            {
                "rules.policies[p].principals[0].address",
                With(policy =>
                    policy.Principals[0] = new()
                    {
                        DirectRemoteIp = new() { AddressPrefix = "10.0.0.0", PrefixLen = 33 },
                    }
                )
            },
            {
                "rules.policies[p].permissions[0].uri_template",
                With(policy =>
                    policy.Permissions[0] = new()
                    {
                        UriTemplate = new() { TypedConfig = Any.Pack(new Pb.UriTemplateMatchConfig { PathTemplate = "a" }) },
                    }
                )
            },
            {
                "rules.action",
                new Pb.RBAC { Action = (Pb.RBAC.Types.Action)9 }
            },
        };

    [Theory]
    [MemberData(nameof(Unsound))]
    public void What_is_not_understood_is_refused_and_named(string field, Pb.RBAC rules)
    {
        var problems = new ProblemList();
        new AuthorizationReader().TryRead(Filter(new Pb.HttpRbac.RBAC { Rules = rules }), problems);
        Assert.Contains(problems.Problems, problem => problem.StartsWith(field, StringComparison.Ordinal));
    }

    [Fact]
    public void Trees_of_matchers_are_refused()
    {
        var problems = new ProblemList();
        new AuthorizationReader().TryRead(Filter(new Pb.HttpRbac.RBAC { Matcher = ByteString.CopyFrom(1) }), problems);
        Assert.Contains("matcher", Assert.Single(problems.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_is_asked_about_what_the_rules_before_it_found()
    {
        var problems = new ProblemList();
        var reader = new AuthorizationReader();
        var rules = new Pb.RBAC { Policies = { { "istio-ext-authz-a", Everything }, { "other", Everything } } };
        Assert.True(reader.TryRead(Filter(new Pb.HttpRbac.RBAC { ShadowRules = rules, ShadowRulesStatPrefix = "x_" }), problems));
        Assert.True(reader.TryRead(Filter(Asking("x_shadow_effective_policy_id")), problems));

        Assert.Empty(problems.Problems);
        var ask = Assert.IsType<AuthorizationStep.Ask>(Assert.Single(reader.Plan!.Steps));
        Assert.Equal("istio-ext-authz-a", Assert.Single(ask.When!.Policies.ToArray()).Name);
        Assert.Equal("bouncer", ask.Check.ClusterName);
        Assert.Equal(403, ask.Check.StatusOnError);
    }

    [Fact]
    public void A_service_that_waits_for_a_finding_of_nobody_is_refused()
    {
        var problems = new ProblemList();
        new AuthorizationReader().TryRead(Filter(Asking("shadow_effective_policy_id")), problems);
        Assert.Contains("filter_enabled_metadata", Assert.Single(problems.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_is_asked_about_connections_over_gRPC()
    {
        var problems = new ProblemList();
        var reader = new AuthorizationReader();
        var rules = new Pb.RBAC { Policies = { { "istio-ext-authz-a", Everything }, { "other", Everything } } };
        var shadow = new Pb.NetworkRbac.RBAC { ShadowRules = rules, ShadowRulesStatPrefix = "x_" };
        Assert.True(reader.TryRead(Connections(shadow), problems));
        Assert.True(reader.TryRead(Connections(AskingOfConnections("envoy.filters.network.rbac")), problems));

        Assert.Empty(problems.Problems);
        var ask = Assert.IsType<AuthorizationStep.Ask>(Assert.Single(reader.Plan!.Steps));
        Assert.Equal("istio-ext-authz-a", Assert.Single(ask.When!.Policies.ToArray()).Name);
        Assert.Equal(("bouncer", true, true), (ask.Check.ClusterName, ask.Check.OverGrpc, ask.Check.FailOpen));
    }

    [Fact]
    public void A_service_for_connections_needs_gRPC_and_the_finding_of_a_filter_for_connections()
    {
        var problems = new ProblemList();
        var reader = new AuthorizationReader();
        reader.TryRead(Connections(new Pb.NetworkExtAuthz.ExtAuthz()), problems);
        reader.TryRead(Connections(AskingOfConnections("envoy.filters.http.rbac")), problems);
        Assert.Equal(["grpc_service", "filter_enabled_metadata"], problems.Problems.Select(problem => problem.Split(':', ' ')[0]));
    }

    [Fact]
    public void A_service_without_a_cluster_is_refused()
    {
        var problems = new ProblemList();
        new AuthorizationReader().TryRead(Filter(new Pb.ExtAuthz { HttpService = new() }), problems);
        Assert.Contains("services", Assert.Single(problems.Problems), StringComparison.Ordinal);
    }

    private static Pb.ExtAuthz Asking(string key) =>
        new()
        {
            HttpService = new()
            {
                ServerUri = new() { Uri = "http://bouncer", Cluster = "bouncer" },
            },
            FilterEnabledMetadata = new()
            {
                Filter = "envoy.filters.http.rbac",
                Path = { new Pb.MetadataMatcher.Types.PathSegment { Key = key } },
                Value = new() { StringMatch = new() { Prefix = "istio-ext-authz" } },
            },
        };

    private static Pb.NetworkExtAuthz.ExtAuthz AskingOfConnections(string finder) =>
        new()
        {
            GrpcService = new() { EnvoyGrpc = new() { ClusterName = "bouncer" } },
            FailureModeAllow = true,
            FilterEnabledMetadata = new()
            {
                Filter = finder,
                Path = { new Pb.MetadataMatcher.Types.PathSegment { Key = "x_shadow_effective_policy_id" } },
                Value = new() { StringMatch = new() { Prefix = "istio-ext-authz" } },
            },
        };

    private static Pb.Filter Connections(IMessage message) => new() { Name = "f", TypedConfig = Any.Pack(message) };

    private static Pb.HttpFilter Filter(IMessage message) => new() { Name = "f", TypedConfig = Any.Pack(message) };

    private static Pb.RBAC With(Action<Pb.Policy> change)
    {
        var policy = Everything;
        change(policy);
        return new Pb.RBAC { Policies = { { "p", policy } } };
    }
}
