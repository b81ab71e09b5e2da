using System.Diagnostics;
using System.Text.Json.Nodes;
using Mesh.Injector.Tests.Goldens;
using Mesh.Tests;

namespace Mesh.Injector.Tests.Patching;

/// <summary>The patch of every golden, applied by a JSON Patch that nobody here wrote, and the pod read by Kubernetes' own JavaScript types.</summary>
public sealed class IndependentPatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [PeerFact("node:fast-json-patch")]
    public async Task Everybody_makes_the_same_pod_of_a_patch_and_it_has_only_fields_that_the_API_has()
    {
        var cases = InjectionGoldenTests
            .Cases()
            .Select(parameters => (string)parameters[0])
            .Select(name => (Name: name, Given: GoldenCase.Read(InjectionGoldenTests.PathOf(name))))
            .Select(c => (c.Name, c.Given.Pod, Outcome: c.Given.Inject(out _)))
            .Where(c => c.Outcome.IsInjected)
            .ToDictionary(c => c.Name);
        var input = cases.Values.Select(c => new JsonObject
        {
            ["name"] = c.Name,
            ["pod"] = c.Pod.DeepClone(),
            ["patch"] = JsonNode.Parse(PatchText.Of(c.Outcome, indented: false)),
        });

        var answers = await RunAsync(input.Select(line => line.ToJsonString()));

        Assert.Equal(cases.Count, answers.Count);
        Assert.All(
            answers,
            answer =>
            {
                var expected = cases[(string)answer["name"]!].Outcome.Pod;
                AssertSame(expected, answer["pod"], $"{answer["name"]}: patched");
                // Templates have neither; a pod's types do not mind.
                AssertSame(expected, answer["decoded"], $"{answer["name"]}: decoded");
            }
        );
    }

    private static async Task<List<JsonNode>> RunAsync(IEnumerable<string> lines)
    {
        var script = Path.Combine(Peers.ProjectDirectory, "peers", "node", "patched.mjs");
        using var node = Process.Start(
            new ProcessStartInfo("node", [script]) { RedirectStandardInput = true, RedirectStandardOutput = true }
        )!;
        using var limit = new CancellationTokenSource(Patience);
        var output = node.StandardOutput.ReadToEndAsync(limit.Token);
        foreach (var line in lines)
        {
            await node.StandardInput.WriteLineAsync(line);
        }

        node.StandardInput.Close();
        var answers = await output;
        await node.WaitForExitAsync(limit.Token);
        Assert.Equal(0, node.ExitCode);
        return [.. answers.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }

    private static void AssertSame(JsonNode? expected, JsonNode? actual, string what) =>
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{what}\n{expected?.ToJsonString()}\n{actual?.ToJsonString()}");
}
