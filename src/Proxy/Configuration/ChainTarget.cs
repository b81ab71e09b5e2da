using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Configuration;

/// <summary>What becomes of the connections that one chain, or an HTTP and a TCP chain side by side, take. Both null: they are closed.</summary>
/// <param name="Name">Of the TCP chain, for explanations.</param>
internal sealed record ChainTarget(RouteTable? Http, WeightedDestinations? Tcp, string Name = "")
{
    public static ChainTarget Nobody { get; } = new(null, null);

    /// <summary>Of the chain that <see cref="Http"/> is from.</summary>
    public ChainSecurity HttpSecurity { get; init; } = ChainSecurity.None;

    /// <summary>Of the chain that <see cref="Tcp"/> is from.</summary>
    public ChainSecurity TcpSecurity { get; init; } = ChainSecurity.None;

    public static ChainTarget Of(CompiledChain chain) =>
        new(chain.Http, chain.Tcp, chain.Plan.Name) { HttpSecurity = chain.Plan.Security, TcpSecurity = chain.Plan.Security };

    /// <summary>This, and where it has nothing for a protocol, the other.</summary>
    public ChainTarget Or(ChainTarget other) =>
        new(Http ?? other.Http, Tcp ?? other.Tcp, Tcp is null ? other.Name : Name)
        {
            HttpSecurity = Http is null ? other.HttpSecurity : HttpSecurity,
            TcpSecurity = Tcp is null ? other.TcpSecurity : TcpSecurity,
        };
}
