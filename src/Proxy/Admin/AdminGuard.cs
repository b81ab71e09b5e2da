using System.Net;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Admin;

/// <summary>
/// Keeps web pages away from the admin port: a browser on this machine reaches loopback too, by a name that resolves to it (DNS
/// rebinding) or by a form that posts across sites.
/// </summary>
internal static class AdminGuard
{
    /// <summary>Null where the request may pass, else why not.</summary>
    public static string? Refusal(HttpRequest request)
    {
        if (request.Host.HasValue && !IsLoopback(request.Host.Host))
        {
            return $"Host '{request.Host}' is not a loopback address; ask for localhost or 127.0.0.1";
        }

        foreach (var origin in request.Headers.Origin)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || !IsLoopback(uri.Host))
            {
                return $"Origin '{origin}' may not use this port";
            }
        }

        return null;
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
