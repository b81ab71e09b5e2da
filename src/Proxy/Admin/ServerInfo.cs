using System.Text.Json;
using Mesh.Listening;
using Mesh.Proxy.Discovery;

namespace Mesh.Proxy.Admin;

/// <summary><c>/server_info</c>: who this process is and how it was started.</summary>
internal static class ServerInfo
{
    public static byte[] Write(AdminSources sources, TimeSpan uptime)
    {
        var options = sources.Options;
        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                version = NodeDescription.Version,
                state = sources.State,
                node = options.Node.Id,
                uptime_seconds = (long)uptime.TotalSeconds,
                configuration = sources.Store.Current?.Version,
                control_plane = $"{options.Ads.Host}:{options.Ads.Port}",
                connected = sources.Discovery().Connected,
                log_level = sources.LogLevel.Level.ToString().ToLowerInvariant(),
                capture = options.Capture.ToString().ToLowerInvariant(),
                outbound = options.Outbound.ToString(),
                inbound = options.Inbound.ToString(),
                max_connections = options.Limits.MaxConnections,
                open_files = DescriptorLimit.OfProcess.Most,
                open_files_reserved = DescriptorLimit.OfProcess.Reserve,
            }
        );
    }
}
