using System.Collections.Immutable;
using Mesh.Proxy.Configuration;

namespace Mesh.Proxy.Discovery;

/// <summary>What the proxy received and refused, at one moment: for the admin pages. Immutable.</summary>
internal sealed record DiscoveryStatus(
    bool Connected,
    XdsSet Accepted,
    ImmutableArray<RejectedResource> Rejected,
    ImmutableDictionary<string, string> SystemVersions
)
{
    public static DiscoveryStatus Empty { get; } =
        new(false, XdsSet.Empty, [], ImmutableDictionary.Create<string, string>(StringComparer.Ordinal));
}
