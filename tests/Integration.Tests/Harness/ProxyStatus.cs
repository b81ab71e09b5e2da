using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Harness;

/// <summary>Reads <c>meshctl proxy-status</c> as a user does.</summary>
internal static class ProxyStatus
{
    /// <summary>The row of a sidecar's pod, split at white space: name, CDS, LDS, EDS, RDS, protocol, version; null where there is none.</summary>
    public static async Task<string[]?> RowAsync(LocalMesh mesh, string pod)
    {
        var result = await Meshctl.RunAsync("proxy-status", "--control-plane", mesh.Monitoring);
        Assert.True(result.ExitCode == 0, result.Error);
        return result
            .Output.Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .SingleOrDefault(row => row.Length > 0 && row[0] == pod);
    }

    /// <summary>Waits until all four types of a sidecar are SYNCED.</summary>
    public static async Task SyncedAsync(LocalMesh mesh, string pod)
    {
        var last = "";
        try
        {
            await Wait.UntilAsync(
                $"{pod} SYNCED",
                TimeSpan.FromSeconds(60),
                async () =>
                {
                    var row = await RowAsync(mesh, pod);
                    last = row is null ? "(no row)" : string.Join(' ', row);
                    return row is [_, "SYNCED", "SYNCED", "SYNCED", "SYNCED", ..];
                },
                CancellationToken.None
            );
        }
        catch (TimeoutException timeout)
        {
            throw new TimeoutException($"{timeout.Message}; last seen: {last}", timeout);
        }
    }
}
