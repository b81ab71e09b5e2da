using Mesh.Tests;

namespace Mesh.Integration.Tests.Mtls;

/// <summary>A fact that captures packets; where that is not allowed it is skipped and says why.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WireFactAttribute : FactAttribute
{
    public WireFactAttribute() =>
        Skip = Environment.IsPrivilegedProcess ? Peers.WhyMissing("program:tcpdump") : "capturing packets needs root";
}
