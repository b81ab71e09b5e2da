using System.Globalization;

namespace Mesh.Proxy.Routing;

/// <summary>The text of a virtual host's domain.</summary>
internal static class Domain
{
    /// <summary>The form that domains and hosts are compared in: lower case, without the dot that ends an absolute name.</summary>
    public static string Normalize(string domain)
    {
        var lower = domain.ToLowerInvariant();
        var (host, port) = SplitPort(lower);
        if (host.Length > 1 && host.EndsWith('.'))
        {
            host = host[..^1];
        }

        return port == 0 ? host : $"{host}:{port}";
    }

    /// <summary>Port 0 where the domain has none.</summary>
    public static (string Host, int Port) SplitPort(string domain)
    {
        var colon = domain.LastIndexOf(':');
        return
            colon >= 0
            && !domain.AsSpan(colon).Contains(']')
            && ushort.TryParse(domain.AsSpan(colon + 1), NumberStyles.None, null, out var port)
            && port != 0
            ? (domain[..colon], port)
            : (domain, 0);
    }
}
