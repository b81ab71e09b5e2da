using System.Collections.Immutable;

namespace Mesh.Proxy.Configuration;

/// <summary>A listener's configurations by port (0 for every port), each with the chains it was made from.</summary>
internal sealed record CompiledListener(ListenerPlan Plan, ImmutableArray<CompiledListener.PortConfig> Ports)
{
    /// <summary>One port of a listener.</summary>
    internal sealed record PortConfig(int Port, ListenerConfig Config, ImmutableArray<CompiledChain> Chains);
}
