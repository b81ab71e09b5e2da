using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Tests.Upstream.Retries;

public sealed class AttemptControllerTests
{
    private const long Frequency = 1000;

    // What Istio's default comes to, with what cannot have been seen.
    private const RetryConditions Default =
        RetryConditions.ConnectFailure
        | RetryConditions.RefusedStream
        | RetryConditions.ResetBeforeRequest
        | RetryConditions.GrpcUnavailable
        | RetryConditions.GrpcCancelled
        | RetryConditions.StatusCodes;

    private readonly AttemptController _controller = new(new Random(1));

    [Fact]
    public void Retries_until_the_policy_allows_no_more_and_says_so()
    {
        var cluster = Begin(RetryConditions.ServerError, retries: 2);

        Assert.True(Head(503).Retry);
        Assert.True(Head(503).Retry);
        var last = Head(503);

        Assert.Equal((false, ResponseFlags.UpstreamRetryLimitExceeded), (last.Retry, last.Flags));
        Assert.Equal((2L, 1L, 0L), (cluster.State.Retries.Started, cluster.State.Retries.LimitExceeded, cluster.State.Retries.Succeeded));
    }

    [Fact]
    public void A_retry_that_helps_is_a_success()
    {
        var cluster = Begin(RetryConditions.ServerError);

        Assert.True(Head(503).Retry);
        Assert.Equal(AttemptDecision.Deliver, Head(200));

        Assert.Equal((1L, 1L, 0), (cluster.State.Retries.Started, cluster.State.Retries.Succeeded, cluster.State.Counters.Retries));
    }

    [Fact]
    public void A_first_answer_is_no_success_of_a_retry()
    {
        var cluster = Begin(RetryConditions.ServerError);

        Assert.Equal(AttemptDecision.Deliver, Head(200));

        Assert.Equal(0, cluster.State.Retries.Succeeded);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(429)]
    public void A_client_error_is_never_tried_again_unless_asked(int status)
    {
        Begin(Default | RetryConditions.ServerError | RetryConditions.GatewayError | RetryConditions.Reset);

        Assert.Equal(AttemptDecision.Deliver, Head(status));
    }

    [Theory]
    [InlineData((int)Default, true)]
    [InlineData((int)RetryConditions.ConnectFailure, true)]
    [InlineData((int)RetryConditions.Reset, true)]
    [InlineData((int)RetryConditions.GrpcUnavailable, false)]
    public void What_the_endpoints_own_proxy_calls_repeatable_is_tried_again_like_what_was_never_sent(int conditions, bool retried)
    {
        Begin((RetryConditions)conditions);

        var decision = _controller.OnHead(503, -1, ResponseMarks.Repeatable, replayable: true, 0);

        Assert.Equal(retried, decision.Retry);
    }

    // Of the default policy; columns: what happened, nothing was sent, tried again.
    [Theory]
    [InlineData((int)Failure.ConnectFailed, true, true)]
    [InlineData((int)Failure.ConnectTimeout, true, true)]
    [InlineData((int)Failure.StreamRefused, false, true)]
    [InlineData((int)Failure.UpstreamReset, true, true)]
    [InlineData((int)Failure.UpstreamReset, false, false)]
    [InlineData((int)Failure.StreamReset, false, false)]
    [InlineData((int)Failure.UpstreamProtocolError, false, false)]
    [InlineData((int)Failure.TryTimeout, false, false)]
    [InlineData((int)Failure.RequestTimeout, true, false)]
    [InlineData((int)Failure.Overflow, true, false)]
    public void By_default_only_what_nobody_can_have_acted_on_is_sent_again(int failure, bool nothingSent, bool retried)
    {
        Begin(Default);

        Assert.Equal(retried, _controller.OnFailure((Failure)failure, nothingSent, replayable: true, 0).Retry);
    }

    [Fact]
    public void By_default_no_answer_of_a_server_is_tried_again_but_grpc_that_did_nothing()
    {
        Begin(Default);
        Assert.All(Enumerable.Range(200, 400), status => Assert.False(Head(status).Retry));

        Begin(Default, grpc: true);
        Assert.Equal(
            [1, 14],
            Enumerable
                .Range(0, 17)
                .Where(status =>
                {
                    Begin(Default, grpc: true);
                    return Head(200, status).Retry;
                })
        );
    }

    [Fact]
    public void A_grpc_status_counts_for_grpc_calls_only()
    {
        Begin(RetryConditions.GrpcUnavailable, grpc: false);

        Assert.Equal(AttemptDecision.Deliver, Head(200, 14));
    }

    [Fact]
    public void Without_a_policy_nothing_is_tried_again_and_nothing_said()
    {
        Begin(RetryConditions.None, retries: 0);

        Assert.Equal(AttemptDecision.Deliver, Head(503));
        Assert.Equal(AttemptDecision.Deliver, _controller.OnFailure(Failure.ConnectFailed, true, true, 0));
        Assert.False(_controller.MayRetry);
    }

    [Fact]
    public void What_cannot_be_sent_again_is_delivered_without_a_flag()
    {
        var cluster = Begin(RetryConditions.ServerError);

        Assert.Equal(AttemptDecision.Deliver, _controller.OnHead(503, -1, ResponseMarks.None, replayable: false, 0));
        Assert.Equal(0, cluster.State.Retries.LimitExceeded);
    }

    [Fact]
    public void Who_says_he_is_overloaded_is_left_alone()
    {
        Begin(RetryConditions.ServerError | RetryConditions.RateLimited);

        Assert.False(_controller.OnHead(503, -1, ResponseMarks.Overloaded, true, 0).Retry);
        Assert.False(_controller.OnHead(503, -1, ResponseMarks.Overloaded | ResponseMarks.RateLimited, true, 0).Retry);
    }

    [Theory]
    [InlineData(RetryConditions.ServerError, 503, false)]
    [InlineData(RetryConditions.RateLimited, 429, true)]
    [InlineData(RetryConditions.RateLimited, 200, true)]
    public void A_rate_limit_is_tried_again_only_where_asked(object on, int status, bool retried)
    {
        Begin((RetryConditions)on);

        Assert.Equal(retried, _controller.OnHead(status, -1, ResponseMarks.RateLimited, true, 0).Retry);
    }

    [Fact]
    public void Over_the_budget_the_answer_is_delivered_with_UO()
    {
        var state = new ClusterState();
        for (var i = 0; i < 3; i++)
        {
            Begin(RetryConditions.ServerError, state: state);
            Assert.True(Head(503).Retry);
            _controller.End();
        }

        Begin(RetryConditions.ServerError, state: state);
        var refused = Head(503);

        Assert.Equal((false, ResponseFlags.UpstreamOverflow), (refused.Retry, refused.Flags));
        Assert.Equal((1L, 0), (state.Retries.OverBudget, state.Counters.Retries));
    }

    [Fact]
    public void The_limit_of_active_retries_holds_until_they_end()
    {
        var state = new ClusterState();
        var limits = new ClusterLimits { MaxRetries = 1 };
        var other = new AttemptController(new Random(2));
        Begin(RetryConditions.ServerError, state: state, limits: limits);
        other.Begin(_controller.Policy, Cluster(state, limits), grpc: false, 0, Frequency);

        Assert.True(Head(503).Retry);
        Assert.Equal(ResponseFlags.UpstreamOverflow, other.OnHead(503, -1, ResponseMarks.None, true, 0).Flags);
        Assert.Equal(AttemptDecision.Deliver, Head(200));
        Assert.True(other.OnHead(503, -1, ResponseMarks.None, true, 0).Retry);
    }

    [Fact]
    public void A_configured_budget_replaces_the_limit_of_active_retries()
    {
        var limits = new ClusterLimits { MaxRetries = 0 };
        var cluster = Cluster(new ClusterState(), limits, new RetryBudget(20, 3, TimeSpan.FromSeconds(10), Asked: true));
        _controller.Begin(Policy(RetryConditions.ServerError, 2), cluster, grpc: false, 0, Frequency);

        Assert.True(Head(503).Retry);
    }

    [Fact]
    public void A_request_that_ends_while_it_is_retried_gives_its_place_back()
    {
        var cluster = Begin(RetryConditions.ServerError);
        Assert.True(Head(503).Retry);
        Assert.Equal(1, cluster.State.Counters.Retries);

        _controller.End();

        Assert.Equal((0, 0L), (cluster.State.Counters.Retries, cluster.State.Retries.Succeeded));
    }

    [Fact]
    public void Each_retry_waits_below_its_bound()
    {
        for (var run = 0; run < 200; run++)
        {
            Begin(RetryConditions.ServerError, retries: 3);
            Assert.InRange(Head(503).Delay.TotalMilliseconds, 0, 25);
            Assert.InRange(Head(503).Delay.TotalMilliseconds, 0, 75);
            Assert.InRange(Head(503).Delay.TotalMilliseconds, 0, 175);
            _controller.End();
        }
    }

    [Fact]
    public void A_request_that_is_not_retried_allocates_nothing()
    {
        var state = new ClusterState();
        var cluster = Cluster(state, ClusterLimits.None);
        var policy = Policy(Default, 2);
        for (var i = 0; i < 100; i++)
        {
            Run();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Run();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run()
        {
            _controller.Begin(policy, cluster, grpc: false, 0, Frequency);
            _controller.OnHead(200, -1, ResponseMarks.None, replayable: true, 0);
            _controller.End();
        }
    }

    [Fact]
    public void A_retry_allocates_nothing_either_once_its_cluster_had_one()
    {
        var budget = new RetryBudget(100, 1000, TimeSpan.FromSeconds(10), Asked: true);
        var cluster = Cluster(new ClusterState(), ClusterLimits.None, budget);
        var policy = Policy(RetryConditions.ServerError, 1);
        Run();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 500; i++)
        {
            Run();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run()
        {
            _controller.Begin(policy, cluster, grpc: false, 0, Frequency);
            if (!_controller.OnHead(503, -1, ResponseMarks.None, replayable: true, 0).Retry)
            {
                throw new InvalidOperationException("The budget is spent.");
            }

            _controller.OnHead(200, -1, ResponseMarks.None, replayable: true, 0);
            _controller.End();
        }
    }

    private static RetryPolicy Policy(RetryConditions on, int retries) => new() { Conditions = on, Retries = retries };

    private static Cluster Cluster(ClusterState state, ClusterLimits limits, RetryBudget? budget = null)
    {
        var endpoints = TestClusters.Endpoints(1);
        return new Cluster
        {
            Name = "outbound|80||shop",
            ServiceHost = "shop",
            Kind = ClusterKind.Endpoints,
            Protocol = UpstreamProtocol.Http1,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            Endpoints = endpoints,
            Balancer = LoadBalancer.RoundRobin(endpoints),
            Limits = limits,
            RetryBudget = budget ?? RetryBudget.Default,
            State = state,
        };
    }

    private Cluster Begin(RetryConditions on, int retries = 2, bool grpc = false, ClusterState? state = null, ClusterLimits? limits = null)
    {
        var cluster = Cluster(state ?? new ClusterState(), limits ?? ClusterLimits.None);
        _controller.Begin(Policy(on, retries), cluster, grpc, 0, Frequency);
        return cluster;
    }

    private AttemptDecision Head(int status, int grpcStatus = -1) =>
        _controller.OnHead(status, grpcStatus, ResponseMarks.None, replayable: true, 0);
}
