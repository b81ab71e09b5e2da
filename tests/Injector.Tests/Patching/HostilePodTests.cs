using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;
using Mesh.Injector.Tests.Goldens;

namespace Mesh.Injector.Tests.Patching;

/// <summary>Pods that are not quite pods: every value of every golden in turn is something else, and the answer is still an answer.</summary>
public sealed class HostilePodTests
{
    private static readonly string[] Replacements = ["null", "7", "\"text\"", "[]", "{}", "[null]", "[7]", "{\"a\":[[]]}", "true"];

    [Fact]
    public void No_value_anywhere_makes_injection_fail()
    {
        var tried = 0;
        foreach (var name in InjectionGoldenTests.Cases().Select(parameters => (string)parameters[0]))
        {
            var given = GoldenCase.Read(InjectionGoldenTests.PathOf(name));
            foreach (var path in Paths(given.Pod, []).ToList())
            {
                foreach (var replacement in Replacements)
                {
                    var pod = (JsonObject)given.Pod.DeepClone();
                    Replace(pod, path, JsonNode.Parse(replacement));
                    var outcome = given.Injection.Of(pod, given.Namespace, given.Labels, given.Workload);
                    Assert.True(outcome.IsInjected || outcome.IsRefused || outcome.Reason != SkipReason.None);
                    tried++;
                }
            }
        }

        Assert.True(tried > 5000);
    }

    private static IEnumerable<object[]> Paths(JsonNode? node, object[] above)
    {
        IEnumerable<(object Step, JsonNode? Value)> below = node switch
        {
            JsonObject map => map.Select(entry => ((object)entry.Key, entry.Value)),
            JsonArray list => list.Select((item, index) => ((object)index, item)),
            _ => [],
        };
        return below.SelectMany(entry => Paths(entry.Value, [.. above, entry.Step]).Prepend([.. above, entry.Step]));
    }

    private static void Replace(JsonObject pod, object[] path, JsonNode? value)
    {
        JsonNode node = pod;
        foreach (var step in path[..^1])
        {
            node = step is int index ? node[index]! : node[(string)step]!;
        }

        if (path[^1] is int at)
        {
            node[at] = value;
        }
        else
        {
            node[(string)path[^1]] = value;
        }
    }
}
