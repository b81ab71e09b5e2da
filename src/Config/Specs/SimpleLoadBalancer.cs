namespace Mesh.Config.Specs;

/// <summary>Balancing without a key.</summary>
public enum SimpleLoadBalancer
{
    /// <summary>The mesh default (LeastRequest).</summary>
    Unspecified,

    /// <summary>A random endpoint.</summary>
    Random,

    /// <summary>The address the client dialled.</summary>
    Passthrough,

    /// <summary>In turn.</summary>
    RoundRobin,

    /// <summary>The less loaded of two random endpoints.</summary>
    LeastRequest,
}
