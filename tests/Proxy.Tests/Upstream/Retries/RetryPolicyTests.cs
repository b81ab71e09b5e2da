using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Tests.Upstream.Retries;

public sealed class RetryPolicyTests
{
    private const RetryConditions Nothing = RetryConditions.None;

    private static readonly RetryConditions[] All = [.. Enum.GetValues<RetryConditions>().Where(condition => condition != Nothing)];

    /// <summary>A status, the gRPC status beside it, and all the conditions that ask for another try.</summary>
    public static TheoryData<int, int, ushort> Answers =>
        new()
        {
            { 200, -1, 0 },
            { 204, -1, 0 },
            { 302, -1, 0 },
            { 400, -1, 0 },
            { 404, -1, 0 },
            { 408, -1, 0 },
            { 409, -1, (ushort)RetryConditions.Retriable4xx },
            { 418, -1, (ushort)RetryConditions.StatusCodes },
            { 429, -1, 0 },
            { 500, -1, (ushort)RetryConditions.ServerError },
            { 501, -1, (ushort)RetryConditions.ServerError },
            { 502, -1, (ushort)(RetryConditions.ServerError | RetryConditions.GatewayError) },
            { 503, -1, (ushort)(RetryConditions.ServerError | RetryConditions.GatewayError | RetryConditions.StatusCodes) },
            { 504, -1, (ushort)(RetryConditions.ServerError | RetryConditions.GatewayError) },
            { 599, -1, (ushort)RetryConditions.ServerError },
            { 600, -1, 0 },
            { 200, 0, 0 },
            { 200, 1, (ushort)RetryConditions.GrpcCancelled },
            { 200, 2, 0 },
            { 200, 4, (ushort)RetryConditions.GrpcDeadlineExceeded },
            { 200, 8, (ushort)RetryConditions.GrpcResourceExhausted },
            { 200, 13, (ushort)RetryConditions.GrpcInternal },
            { 200, 14, (ushort)RetryConditions.GrpcUnavailable },
            { 200, 16, 0 },
        };

    /// <summary>A failure and the conditions that ask for another try, first where the request was on its way, then where nothing was sent.</summary>
    public static TheoryData<int, ushort, ushort> Failures
    {
        get
        {
            const RetryConditions reset = RetryConditions.ServerError | RetryConditions.GatewayError | RetryConditions.Reset;
            var data = new TheoryData<int, ushort, ushort>();
            void Add(Failure failure, RetryConditions on) =>
                data.Add((int)failure, (ushort)on, (ushort)(on == Nothing ? Nothing : on | RetryConditions.ResetBeforeRequest));
            Add(Failure.ConnectFailed, reset | RetryConditions.ConnectFailure);
            Add(Failure.ConnectTimeout, reset | RetryConditions.ConnectFailure);
            Add(Failure.UpstreamReset, reset);
            Add(Failure.StreamReset, reset);
            Add(Failure.StreamRefused, reset | RetryConditions.RefusedStream);
            Add(Failure.UpstreamProtocolError, reset);
            Add(Failure.TryTimeout, reset);
            Add(Failure.RequestTimeout, Nothing);
            Add(Failure.Overflow, Nothing);
            Add(Failure.NoHealthyEndpoint, Nothing);
            Add(Failure.ClientAbort, Nothing);
            Add(Failure.ClientProtocolError, Nothing);
            Add(Failure.UpstreamBrokeOff, Nothing);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void An_answer_is_tried_again_on_its_conditions_and_no_other(int status, int grpcStatus, ushort on)
    {
        foreach (var condition in All)
        {
            Assert.Equal(((RetryConditions)on & condition) != Nothing, Of(condition).Covers(status, grpcStatus));
        }
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void A_failure_is_tried_again_on_its_conditions_and_no_other(int failure, ushort sent, ushort notSent)
    {
        foreach (var condition in All)
        {
            Assert.Equal(((RetryConditions)sent & condition) != Nothing, Of(condition).Covers((Failure)failure, nothingSent: false));
            Assert.Equal(((RetryConditions)notSent & condition) != Nothing, Of(condition).Covers((Failure)failure, nothingSent: true));
        }
    }

    [Fact]
    public void Status_codes_count_only_with_their_condition()
    {
        var policy = new RetryPolicy
        {
            Conditions = RetryConditions.ConnectFailure,
            Retries = 1,
            StatusCodes = [503],
        };

        Assert.False(policy.Covers(503, -1));
    }

    private static RetryPolicy Of(RetryConditions condition) =>
        new()
        {
            Conditions = condition,
            Retries = 1,
            StatusCodes = [418, 503],
        };
}
