using System.Net;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Tests.Upstream.Retries;

public sealed class TriedEndpointsTests
{
    [Theory]
    [InlineData(0, 3, 0b000)]
    [InlineData(2, 1, 0b000)]
    [InlineData(2, 2, 0b001)]
    [InlineData(2, 3, 0b001)]
    [InlineData(2, 4, 0b011)]
    [InlineData(1, 3, 0b011)]
    public void Priorities_are_avoided_after_whole_rounds(int frequency, int attempts, int bits)
    {
        int[] priorities = [0, 0, 1, 1];
        var tried = new TriedEndpoints();
        foreach (var priority in priorities[..attempts])
        {
            tried.Add(Endpoint(priority));
        }

        Assert.Equal((uint)bits, tried.Priorities(frequency));
    }

    [Fact]
    public void Endpoints_are_kept_until_cleared()
    {
        var tried = new TriedEndpoints();
        Assert.True(tried.All.IsEmpty);
        var (a, b) = (Endpoint(0), Endpoint(1));
        tried.Add(a);
        tried.Add(b);
        Assert.Equal([a, b], tried.All.ToArray());

        tried.Clear();

        Assert.True(tried.All.IsEmpty);
    }

    private static Endpoint Endpoint(int priority) =>
        new()
        {
            Address = new IPEndPoint(IPAddress.Loopback, 1),
            Weight = 1,
            Workload = WorkloadInfo.Unknown,
            State = new EndpointState(),
            Priority = priority,
        };
}
