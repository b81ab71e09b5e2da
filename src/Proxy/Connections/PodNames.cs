using System.Collections.Immutable;
using System.Text;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Connections;

/// <summary>
/// Pure: the DNS names that Kubernetes gives pods of headless services, <c>db-0.db.default.svc.cluster.local</c>, and their short forms. Allocates nothing.
/// </summary>
internal static class PodNames
{
    /// <summary>Whether a host in lower case is the name of a pod of this service, be there such a pod or not.</summary>
    public static bool IsOfPod(ReadOnlySpan<byte> host, string service)
    {
        // A service may be called as its namespace is: db.db is the service.
        var dot = host.IndexOf((byte)'.');
        return dot > 0 && !Means(host, service) && Means(host[(dot + 1)..], service);
    }

    /// <summary>Null where none has the name.</summary>
    public static Endpoint? Find(ImmutableArray<Endpoint> endpoints, ReadOnlySpan<byte> host)
    {
        foreach (var endpoint in endpoints)
        {
            if (endpoint.HostName is { } name && Means(host, name))
            {
                return endpoint;
            }
        }

        return null;
    }

    // The full name, or as many of its first labels as there are.
    private static bool Means(ReadOnlySpan<byte> host, string name) =>
        host.Length > 0
        && host.Length <= name.Length
        && (host.Length == name.Length || name[host.Length] == '.')
        && Ascii.EqualsIgnoreCase(host, name.AsSpan(0, host.Length));
}
