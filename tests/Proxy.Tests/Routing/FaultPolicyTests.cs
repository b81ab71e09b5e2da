using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.Faults;

namespace Mesh.Proxy.Tests.Routing;

public sealed class FaultPolicyTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Without_shares_nothing_is_injected()
    {
        var policy = new FaultPolicy { Delay = Second, Abort = FaultAbort.OfHttp(500) };
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(default, policy.Decide()));
    }

    [Fact]
    public void A_share_of_everything_takes_every_request()
    {
        var policy = new FaultPolicy
        {
            Delay = Second,
            Delayed = Fraction.All,
            Abort = FaultAbort.OfHttp(500),
            Aborted = Fraction.All,
        };
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(new FaultDecision(Second, FaultAbort.OfHttp(500)), policy.Decide()));
    }

    [Fact]
    public void The_two_shares_are_hit_and_do_not_depend_on_each_other()
    {
        const int Requests = 100_000;
        var policy = new FaultPolicy
        {
            Delay = Second,
            Delayed = new Fraction(200_000, 1_000_000),
            Abort = FaultAbort.OfHttp(500),
            Aborted = new Fraction(50, 100),
            Random = new Random(7),
        };
        var decisions = Enumerable.Range(0, Requests).Select(_ => policy.Decide()).ToArray();
        // Five standard deviations: 0.2 ± 0.0064, 0.5 ± 0.008, 0.1 ± 0.0048.
        Assert.InRange(decisions.Count(d => d.Delay > TimeSpan.Zero), 19_360, 20_640);
        Assert.InRange(decisions.Count(d => d.Abort is not null), 49_200, 50_800);
        Assert.InRange(decisions.Count(d => d is { Abort: not null } && d.Delay > TimeSpan.Zero), 9_520, 10_480);
    }

    [Fact]
    public void A_share_of_one_in_a_million_is_no_share_of_nothing()
    {
        var fraction = new Fraction(1, 1_000_000);
        var random = new Random(1);
        // Missing twenty million times has a chance of e^-20.
        var asked = 0;
        while (!fraction.Takes(random) && asked < 20_000_000)
        {
            asked++;
        }

        Assert.InRange(asked, 100, 19_999_999);
    }

    [Theory]
    [InlineData(503, 14)]
    [InlineData(400, 13)]
    [InlineData(418, 2)]
    public void An_HTTP_status_has_a_gRPC_form(int http, int grpc) => Assert.Equal(grpc, FaultAbort.OfHttp(http).GrpcStatus);

    [Theory]
    [InlineData(14, 503)]
    [InlineData(4, 504)]
    [InlineData(12, 501)]
    [InlineData(2, 500)]
    public void A_gRPC_status_has_an_HTTP_form(int grpc, int http) => Assert.Equal(http, FaultAbort.OfGrpc(grpc).HttpStatus);

    [Fact]
    public void Deciding_allocates_nothing()
    {
        var policy = new FaultPolicy
        {
            Delay = Second,
            Delayed = new Fraction(50, 100),
            Abort = FaultAbort.OfHttp(500),
            Aborted = new Fraction(50, 100),
        };
        policy.Decide();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            policy.Decide();
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
