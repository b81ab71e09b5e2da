using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Mesh.Cli.Offline;
using Mesh.Cli.Online;
using Mesh.Proxy;
using Mesh.Xds;

namespace Mesh.Cli.Explain;

/// <summary>What a running proxy holds, from its admin port.</summary>
internal static class OnlineSource
{
    /// <summary>Null after the reason was written to standard error.</summary>
    public static async Task<ExplainSource?> ReadAsync(string admin, OfflineMesh? files, CancellationToken cancel)
    {
        if (
            await MeshPort.ReadAsync(admin, "/server_info", cancel) is not { } info
            || await MeshPort.ReadAsync(admin, "/config_dump", cancel) is not { } dump
        )
        {
            return null;
        }

        var server = JsonNode.Parse(info)!;
        if (
            ProxyNode.Parse(server["node"]?.ToString() ?? "", out var error) is not { } node
            || !System.Enum.TryParse<CaptureMode>(server["capture"]?.ToString(), ignoreCase: true, out var capture)
        )
        {
            await Console.Error.WriteLineAsync($"http://{admin}/server_info is not that of a proxy of this mesh: {error}");
            return null;
        }

        return ExplainSource.Create(node, capture, Resources(dump), files);
    }

    /// <summary>The resources of a <c>/config_dump</c> that are in force.</summary>
    public static IEnumerable<(string TypeUrl, string Name, string Version, Any Body)> Resources(string dump)
    {
        foreach (var type in JsonNode.Parse(dump)!["types"]!.AsArray())
        {
            var url = type!["type_url"]!.ToString();
            foreach (var resource in type["resources"]!.AsArray().Where(resource => resource!["resource"] is JsonObject))
            {
                var json = resource!["resource"]!.ToJsonString();
                yield return (url, resource["name"]!.ToString(), resource["version"]!.ToString(), ResourceJson.Read(url, json));
            }
        }
    }
}
