using Mesh.Xds;

namespace Mesh.Proxy.Configuration;

/// <summary>What one resource needs beside itself: another resource by type and name, or a host name that has to be resolved.</summary>
internal readonly record struct ResourceRef(string TypeUrl, string Name)
{
    /// <summary>Stands in for a type URL where the reference is a host name.</summary>
    public const string DnsName = "DNS";

    /// <summary><c>CDS outbound|9080||reviews.default.svc.cluster.local</c></summary>
    public override string ToString() => $"{TypeUrls.ShortName(TypeUrl)} {Name}";
}
