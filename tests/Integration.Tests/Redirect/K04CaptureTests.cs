using System.Net.Sockets;
using System.Text;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>
/// K04: from annotations through the injector's arguments to the kernel, what is captured and what is not, over IPv4 and IPv6.
/// </summary>
public sealed class K04CaptureTests
{
    private const string Outbound = CapturedPod.Outbound;
    private const string Inbound = CapturedPod.Inbound;
    private const string World = CapturedPod.World;
    private const string Application = CapturedPod.Application;

    private static readonly string[] PodAddresses = [CapturedPod.PodIpv4, CapturedPod.PodIpv6];

    [RedirectFact]
    public void K04_everything_is_captured_but_names_and_the_proxys_own_ports()
    {
        using var pod = CapturedPod.Start();
        Out(pod, (80, Outbound), (5432, Outbound), (7003, Outbound), (53, World));
        In(pod, (8080, Inbound), (9090, Inbound), (15020, Application), (15021, Application), (15090, Application));
    }

    [RedirectFact]
    public void K04_the_proxys_own_traffic_is_never_redirected()
    {
        using var pod = CapturedPod.Start();
        foreach (var (world, _) in CapturedPod.Worlds)
        {
            Assert.Equal(World, pod.Out(world, 80, RedirectMesh.ProxyUser));
            Assert.Equal(World, pod.Out(world, 5432, RedirectMesh.ProxyUser));
            // Its user or its group is enough.
            Assert.Equal(World, pod.Out(world, 80, RedirectMesh.ProxyUser, RedirectMesh.OrdinaryUser));
            Assert.Equal(World, pod.Out(world, 80, RedirectMesh.OrdinaryUser, RedirectMesh.ProxyUser));
        }

        foreach (var loopback in new[] { "127.0.0.1", "::1" })
        {
            Assert.Equal(Application, pod.Out(loopback, 8080, RedirectMesh.ProxyUser));
            Assert.Equal(Application, pod.Out(loopback, 8080));
        }

        foreach (var own in PodAddresses)
        {
            // The application calls itself; the proxy calls it as another pod would.
            Assert.Equal(Application, pod.Out(own, 8080));
            Assert.Equal(Inbound, pod.Out(own, 8080, RedirectMesh.ProxyUser));
        }
    }

    [RedirectFact]
    public void K04_ports_and_ranges_of_ports_are_left_out()
    {
        using var pod = CapturedPod.Start(("excludeOutboundPorts", "5432,7000-7005"), ("excludeInboundPorts", "8081,9090-9095"));
        Out(pod, (80, Outbound), (5432, World), (7000, World), (7003, World), (7006, Outbound));
        In(pod, (8080, Inbound), (8081, Application), (9090, Application), (9095, Application), (9096, Inbound), (15021, Application));
    }

    [RedirectFact]
    public void K04_ranges_of_addresses_are_left_out()
    {
        using var pod = CapturedPod.Start(("excludeOutboundIPRanges", "10.178.44.3/32,fd78:44::3/128"));
        foreach (var (captured, left) in CapturedPod.Worlds)
        {
            Assert.Equal(Outbound, pod.Out(captured, 80));
            Assert.Equal(World, pod.Out(left, 80));
        }
    }

    [RedirectFact]
    public void K04_only_listed_addresses_and_ports_are_captured()
    {
        using var pod = CapturedPod.Start(
            ("includeOutboundIPRanges", "10.178.44.3/32,fd78:44::3/128"),
            ("includeOutboundPorts", "5432"),
            ("includeInboundPorts", "8080,9090-9095")
        );
        foreach (var (left, captured) in CapturedPod.Worlds)
        {
            Assert.Equal(Outbound, pod.Out(captured, 80));
            Assert.Equal(World, pod.Out(left, 80));
            Assert.Equal(Outbound, pod.Out(left, 5432));
        }

        In(pod, (8080, Inbound), (8081, Application), (9090, Inbound), (9095, Inbound), (9096, Application));
    }

    [RedirectFact]
    public void K04_nothing_is_captured_where_nothing_is_included()
    {
        using var pod = CapturedPod.Start(("includeOutboundIPRanges", ""), ("includeInboundPorts", ""));
        Out(pod, (80, World), (5432, World));
        In(pod, (8080, Application), (9090, Application));
    }

    [RedirectFact]
    public void K04_interfaces_are_left_out()
    {
        using var pod = CapturedPod.Start(("excludeInterfaces", "CABLE"));
        Out(pod, (80, World));
        In(pod, (8080, Application));
    }

    [RedirectFact]
    public async Task K04_UDP_is_never_redirected()
    {
        using var pod = CapturedPod.Start();
        foreach (var ((world, _), own) in CapturedPod.Worlds.Zip(PodAddresses))
        {
            foreach (var (port, remote) in new[] { (53, 5353), (80, 15001), (5432, 15006) })
            {
                using var outside = pod.Others.OpenDatagram(world, port);
                using var inside = pod.Pod.OpenDatagram(own, remote);
                await ExchangeAsync(inside, outside);
                await ExchangeAsync(outside, inside);
            }
        }
    }

    [RedirectFact]
    public void K04_what_was_applied_is_taken_away()
    {
        using var pod = CapturedPod.Start();
        pod.Redirect("apply");
        Out(pod, (80, Outbound));
        pod.Redirect("remove");
        Out(pod, (80, World));
        In(pod, (8080, Application));
    }

    private static void Out(CapturedPod pod, params (int Port, string Answer)[] expected)
    {
        foreach (var (address, _) in CapturedPod.Worlds)
        {
            Assert.Equal(Lines(expected), Lines(expected.Select(one => (one.Port, pod.Out(address, one.Port)))));
        }
    }

    private static void In(CapturedPod pod, params (int Port, string Answer)[] expected)
    {
        foreach (var address in PodAddresses)
        {
            Assert.Equal(Lines(expected), Lines(expected.Select(one => (one.Port, pod.In(address, one.Port)))));
        }
    }

    private static string Lines(IEnumerable<(int Port, string Answer)> answers) =>
        string.Join('\n', answers.Select(a => $"{a.Port} {a.Answer}"));

    private static async Task ExchangeAsync(Socket from, Socket to)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await from.SendToAsync("datagram"u8.ToArray(), to.LocalEndPoint!, limit.Token);
        var buffer = new byte[64];
        var received = await to.ReceiveFromAsync(buffer, from.LocalEndPoint!, limit.Token);
        Assert.Equal("datagram", Encoding.ASCII.GetString(buffer, 0, received.ReceivedBytes));
        Assert.Equal(from.LocalEndPoint, received.RemoteEndPoint);
    }
}
