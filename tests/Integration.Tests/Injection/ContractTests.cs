using System.Text.Json.Nodes;
using Mesh.Injector.Reading;
using Mesh.Proxy;
using Mesh.Proxy.Redirect;

namespace Mesh.Integration.Tests.Injection;

/// <summary>Every command line and probe that a golden of the injector holds is one that the proxy's own readers take.</summary>
public sealed class ContractTests
{
    public static IEnumerable<object[]> Goldens() =>
        Directory
            .GetFiles(
                Path.Combine(Mesh.Tests.Peers.ProjectDirectory, "..", "Injector.Tests", "Goldens", "testdata"),
                "out.yaml",
                SearchOption.AllDirectories
            )
            .Select(path => new object[] { Path.GetFileName(Path.GetDirectoryName(path)!) });

    [Theory]
    [MemberData(nameof(Goldens))]
    public void The_proxy_understands_what_is_injected(string name)
    {
        var path = Path.Combine(Mesh.Tests.Peers.ProjectDirectory, "..", "Injector.Tests", "Goldens", "testdata", name, "out.yaml");
        var containers = Containers(YamlJson.Parse(File.ReadAllText(path))!).ToLookup(container => (string)container["name"]!);
        var proxy = containers["istio-proxy"].Single();
        var environment = Environment(proxy);
        var error = new StringWriter();
        var options = ProxyOptionSet.Read(Arguments(proxy, environment), environment, TextWriter.Null, error, out _);
        Assert.True(options is not null, error.ToString());
        Assert.Equal(environment.ContainsKey(Pods.ProbersVariable), options.AppProbers.Count > 0);

        foreach (var init in containers["istio-init"])
        {
            var arguments = Arguments(init, []);
            Assert.Equal(["redirect", "apply"], arguments[..2]);
            Assert.True(
                RedirectOptionSet.Read(arguments[2..], new Dictionary<string, string>(), TextWriter.Null, error, out _) is not null,
                error.ToString()
            );
        }
    }

    private static IEnumerable<JsonObject> Containers(JsonNode node) =>
        node switch
        {
            JsonObject map => map.SelectMany(entry =>
                entry is { Key: "containers" or "initContainers", Value: JsonArray list } ? list.Cast<JsonObject>()
                : entry.Value is null ? []
                : Containers(entry.Value)
            ),
            JsonArray list => list.Where(item => item is not null).SelectMany(item => Containers(item!)),
            _ => [],
        };

    // As the kubelet does it.
    private static string[] Arguments(JsonObject container, Dictionary<string, string> environment) =>
        [
            .. ((JsonArray)container["args"]!).Select(argument =>
                environment.Aggregate(
                    (string)argument!,
                    (text, entry) => text.Replace($"$({entry.Key})", entry.Value, StringComparison.Ordinal)
                )
            ),
        ];

    private static Dictionary<string, string> Environment(JsonObject container) =>
        ((JsonArray)container["env"]!).ToDictionary(
            entry => (string)entry!["name"]!,
            entry =>
                (string?)entry!["value"]
                ?? (string)entry["valueFrom"]!["fieldRef"]!["fieldPath"]! switch
                {
                    "status.podIP" => "10.0.0.7",
                    "metadata.name" => "web",
                    "metadata.namespace" => "shop",
                    _ => "default",
                },
            StringComparer.Ordinal
        );
}
