using System.Text.Json;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Harness;

/// <summary>What a gRPC library needs to ask the control plane itself, and what the control plane says about it.</summary>
internal static class ProxylessClient
{
    /// <summary>Writes the file that names the control plane and the node.</summary>
    public static async Task<string> BootstrapAsync(LocalMesh mesh, string node)
    {
        var path = Path.Combine(mesh.Root, $"{node}-bootstrap.json");
        await File.WriteAllTextAsync(
            path,
            JsonSerializer.Serialize(
                new
                {
                    xds_servers = new[]
                    {
                        new
                        {
                            server_uri = mesh.Ads,
                            channel_creds = new[] { new { type = "insecure" } },
                            server_features = new[] { "xds_v3" },
                        },
                    },
                    node = new { id = node, locality = new { zone = "here" } },
                }
            )
        );
        return path;
    }

    /// <summary>The client took everything it was sent.</summary>
    public static async Task NeverRefusedAsync(LocalMesh mesh, string node)
    {
        using var status = JsonDocument.Parse((await Wait.TextAsync($"http://{mesh.Monitoring}/debug/syncz", CancellationToken.None))!);
        var row = status.RootElement.EnumerateArray().Single(client => client.GetProperty("proxy").GetString() == node);
        var types = row.GetProperty("types").EnumerateObject().ToList();
        Assert.NotEmpty(types);
        Assert.All(types, type => Assert.Equal("", type.Value.GetProperty("nackError").GetString()));
        Assert.All(types, type => Assert.Equal("SYNCED", type.Value.GetProperty("state").GetString()));
    }
}
