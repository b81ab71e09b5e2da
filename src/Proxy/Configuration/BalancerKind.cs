namespace Mesh.Proxy.Configuration;

/// <summary>How a cluster's endpoints are chosen.</summary>
internal enum BalancerKind : byte
{
    RoundRobin,
    LeastRequest,
    Random,
}
