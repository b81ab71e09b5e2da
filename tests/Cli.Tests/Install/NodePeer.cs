using System.Diagnostics;
using System.Text.Json.Nodes;
using Mesh.Tests;

namespace Mesh.Cli.Tests.Install;

/// <summary>A script of <c>peers/node</c>, from its standard input to what it says.</summary>
internal static class NodePeer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>One JSON value a line, in and out.</summary>
    public static async Task<IReadOnlyList<JsonNode>> RunAsync(string script, IEnumerable<JsonNode> lines, params string[] arguments)
    {
        using var node = Process.Start(
            new ProcessStartInfo("node", [Path.Combine(Peers.ProjectDirectory, "peers", "node", script), .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        using var limit = new CancellationTokenSource(Patience);
        var output = node.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = node.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            foreach (var line in lines)
            {
                await node.StandardInput.WriteLineAsync(line.ToJsonString());
            }

            node.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended already; what it says tells why.
        }

        var answers = await output;
        await node.WaitForExitAsync(limit.Token);
        Assert.True(node.ExitCode == 0, await errors);
        return [.. answers.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }
}
