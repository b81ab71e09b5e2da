using Mesh.Listening;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Admin;

/// <summary>The admin server's limits, all of them: it answers small questions of operators, probes and scrapers, two of its ports to whoever reaches the pod.</summary>
internal static class AdminLimits
{
    /// <summary>Bytes of a request's body.</summary>
    public const long Body = 64 * 1024;

    /// <summary>Bytes of a request's head.</summary>
    public const int Head = 16 * 1024;

    /// <summary>Of one port. Probes and scrapes need few and are short; who keeps more open loses the oldest to whoever comes.</summary>
    public static int Connections => DescriptorLimit.OfProcess.ShortConnections;

    public static void Apply(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.AllowSynchronousIO = false;
        var limits = options.Limits;
        limits.MaxRequestBodySize = Body;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = Head;
        limits.MaxRequestHeaderCount = 100;
        limits.MaxRequestBufferSize = Body;
        limits.MaxResponseBufferSize = 64 * 1024;
        PortLimits.Apply(limits);
    }
}
