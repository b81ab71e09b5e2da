using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security.Authorization;

namespace Mesh.Proxy.Http;

/// <summary>One question to a service that decides about a request, or a connection.</summary>
/// <param name="Head">The request's own: not to be kept beyond the answer. Null for a connection that is not HTTP.</param>
internal sealed record CheckRequest(ExternalCheck Check, RequestHead? Head, ConnectionTarget Target, ProxyConfig Config)
{
    /// <summary>When the request began, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>As much of the body as the service is shown.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>There is more of it.</summary>
    public bool BodyIsPartial { get; init; }
}
