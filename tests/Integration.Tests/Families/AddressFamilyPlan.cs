namespace Mesh.Integration.Tests.Families;

/// <summary>The addresses of one family that a <see cref="FamilyMesh"/> gives to its hosts and services.</summary>
internal sealed record AddressFamilyPlan(bool IsIpv6, int Length, string Node, string Client, string Server, string Vip, string GreetingVip)
{
    public static AddressFamilyPlan Ipv4 { get; } =
        new(false, 24, "10.179.44.1", "10.179.44.11", "10.179.44.12", "10.96.79.10", "10.96.79.11");

    public static AddressFamilyPlan Ipv6 { get; } = new(true, 64, "fd79:44::1", "fd79:44::11", "fd79:44::12", "fd79:96::10", "fd79:96::11");

    public string Name => IsIpv6 ? "IPv6" : "IPv4";

    /// <summary>The client's and the server's.</summary>
    public string[] Pods => [Client, Server];

    /// <summary>As URLs have it.</summary>
    public string Url(string address) => IsIpv6 ? $"[{address}]" : address;
}
