using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Upstream.Retries;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Configuration;

public sealed class RetryReaderTests
{
    [Fact]
    public void No_policy_sends_once() => Assert.Same(RetryPolicy.None, RetryPolicyReader.Read(null, new ProblemList()));

    [Fact]
    public void A_policy_is_read_with_every_field()
    {
        var policy = RetryPolicyReader.Read(
            new Pb.RetryPolicy
            {
                RetryOn = "5xx, reset-before-request,http3-post-connect-failure,cancelled,retriable-status-codes",
                NumRetries = 4,
                PerTryTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)),
                RetriableStatusCodes = { 418, 503 },
                RetryBackOff = new()
                {
                    BaseInterval = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(10)),
                    MaxInterval = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(15)),
                },
                RetryHostPredicate =
                {
                    new Pb.RetryPolicy.Types.RetryHostPredicate { TypedConfig = Any.Pack(new Pb.PreviousHostsPredicate()) },
                },
                RetryPriority = new() { TypedConfig = Any.Pack(new Pb.PreviousPrioritiesConfig { UpdateFrequency = 2 }) },
            },
            Sound()
        );

        Assert.Equal(
            RetryConditions.ServerError | RetryConditions.ResetBeforeRequest | RetryConditions.GrpcCancelled | RetryConditions.StatusCodes,
            policy.Conditions
        );
        Assert.Equal([418, 503], policy.StatusCodes.ToArray());
        Assert.Equal(
            (4, TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(15), true, 2),
            (
                policy.Retries,
                policy.TryTimeout,
                policy.BackOff,
                policy.MaxBackOff,
                policy.AvoidsTriedEndpoints,
                policy.PriorityUpdateFrequency
            )
        );
    }

    [Fact]
    public void What_is_left_out_is_Envoys_default()
    {
        var policy = RetryPolicyReader.Read(new Pb.RetryPolicy { RetryOn = "reset" }, Sound());

        Assert.Equal(
            (1, TimeSpan.Zero, TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(250), false, 0),
            (
                policy.Retries,
                policy.TryTimeout,
                policy.BackOff,
                policy.MaxBackOff,
                policy.AvoidsTriedEndpoints,
                policy.PriorityUpdateFrequency
            )
        );
    }

    [Theory]
    [InlineData("5xx", RetryConditions.ServerError)]
    [InlineData("gateway-error", RetryConditions.GatewayError)]
    [InlineData("reset", RetryConditions.Reset)]
    [InlineData("reset-before-request", RetryConditions.ResetBeforeRequest)]
    [InlineData("connect-failure", RetryConditions.ConnectFailure)]
    [InlineData("retriable-4xx", RetryConditions.Retriable4xx)]
    [InlineData("refused-stream", RetryConditions.RefusedStream)]
    [InlineData("retriable-status-codes", RetryConditions.StatusCodes)]
    [InlineData("retriable-headers", RetryConditions.None)]
    [InlineData("envoy-ratelimited", RetryConditions.RateLimited)]
    [InlineData("http3-post-connect-failure", RetryConditions.None)]
    [InlineData("cancelled", RetryConditions.GrpcCancelled)]
    [InlineData("deadline-exceeded", RetryConditions.GrpcDeadlineExceeded)]
    [InlineData("internal", RetryConditions.GrpcInternal)]
    [InlineData("resource-exhausted", RetryConditions.GrpcResourceExhausted)]
    [InlineData("unavailable", RetryConditions.GrpcUnavailable)]
    public void Every_name_of_a_condition_is_known(string name, object condition)
    {
        Assert.Equal((RetryConditions)condition, RetryPolicyReader.Read(new Pb.RetryPolicy { RetryOn = name }, Sound()).Conditions);
    }

    [Fact]
    public void What_is_not_supported_is_noted_and_makes_retries_fewer()
    {
        var problems = new ProblemList();
        var policy = RetryPolicyReader.Read(
            new Pb.RetryPolicy
            {
                RetryOn = "5xx,always",
                NumRetries = 3,
                RetriableRequestHeaders = { new Pb.HeaderMatcher { Name = "x" } },
                RetriableHeaders = { new Pb.HeaderMatcher { Name = "y" } },
                PerTryIdleTimeout = new Duration { Seconds = 1 },
                RetryHostPredicate =
                {
                    new Pb.RetryPolicy.Types.RetryHostPredicate { Name = "envoy.retry_host_predicates.omit_canary_hosts" },
                },
                RetryPriority = new() { Name = "other" },
            },
            problems
        );

        Assert.True(problems.Problems.IsEmpty);
        Assert.Equal(0, policy.Retries);
        Assert.Equal(
            [
                "retry_policy.retry_on: 'always' is not a known condition and has no effect",
                "retry_policy.retriable_request_headers: are not supported; nothing is retried",
                "retry_policy.retriable_headers: are not supported; no answer is retried because of its headers",
                "retry_policy.per_try_idle_timeout: is not supported; a try may rest as long as its other time limits allow",
                "retry_policy.retry_host_predicate[0]: 'envoy.retry_host_predicates.omit_canary_hosts' is not supported and has no effect",
                "retry_policy.retry_priority: 'other' is not supported and has no effect",
            ],
            problems.Notes.ToArray()
        );
    }

    [Fact]
    public void What_cannot_be_meant_is_a_problem()
    {
        var problems = new ProblemList();
        RetryPolicyReader.Read(
            new Pb.RetryPolicy
            {
                RetryOn = "5xx",
                PerTryTimeout = new Duration { Seconds = -1 },
                RetryBackOff = new() { MaxInterval = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(1)) },
                RetryPriority = new() { TypedConfig = Any.Pack(new Pb.PreviousPrioritiesConfig()) },
            },
            problems
        );

        Assert.Equal(
            [
                "retry_policy.retry_back_off.base_interval: must be greater than 0",
                "retry_policy.retry_back_off.max_interval: must not be smaller than base_interval",
                "retry_policy.per_try_timeout: -1s 0ns is not a duration of 0 or more",
                "retry_policy.retry_priority.typed_config.update_frequency: must be greater than 0",
            ],
            problems.Problems.ToArray()
        );
    }

    [Fact]
    public void Without_a_budget_the_default_holds()
    {
        Assert.Equal(RetryBudget.Default, RetryBudgetReader.Read(new Pb.Cluster(), Sound()));
        Assert.Equal(RetryBudget.Default, RetryBudgetReader.Read(WithBudget(new(), Pb.RoutingPriority.High), Sound()));
    }

    [Fact]
    public void A_budget_is_Envoys_where_it_says_nothing_else()
    {
        Assert.Equal(new RetryBudget(20, 3, TimeSpan.Zero, Asked: true), RetryBudgetReader.Read(WithBudget(new()), Sound()));
        Assert.Equal(
            new RetryBudget(12.5, 0, TimeSpan.FromSeconds(7), Asked: true),
            RetryBudgetReader.Read(
                WithBudget(
                    new()
                    {
                        BudgetPercent = new() { Value = 12.5 },
                        MinRetryConcurrency = 0,
                        BudgetInterval = new Duration { Seconds = 7 },
                    }
                ),
                Sound()
            )
        );
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(101)]
    [InlineData(double.NaN)]
    public void A_share_is_between_0_and_100(double percent)
    {
        var problems = new ProblemList();
        RetryBudgetReader.Read(WithBudget(new() { BudgetPercent = new() { Value = percent } }), problems);

        Assert.StartsWith(
            "circuit_breakers.thresholds.retry_budget.budget_percent: ",
            Assert.Single(problems.Problems),
            StringComparison.Ordinal
        );
    }

    private static ProblemList Sound() => new();

    private static Pb.Cluster WithBudget(
        Pb.CircuitBreakers.Types.Thresholds.Types.RetryBudget budget,
        Pb.RoutingPriority priority = Pb.RoutingPriority.Default
    ) =>
        new()
        {
            CircuitBreakers = new()
            {
                Thresholds =
                {
                    new Pb.CircuitBreakers.Types.Thresholds { Priority = priority, RetryBudget = budget },
                },
            },
        };
}
