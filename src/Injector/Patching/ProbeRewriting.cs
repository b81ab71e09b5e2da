using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Patching;

/// <summary>
/// Points the kubelet's probes of the application at the proxy, which asks the application in the pod: the kubelet has no certificate, and a
/// redirected port seems open to a TCP probe whoever listens. Paths and the JSON of what is asked as Istio's agent has them.
/// </summary>
internal sealed class ProbeRewriting(PatchBuilder patch, int port, JsonObject? before)
{
    private static readonly (string Probe, string Path)[] Probes =
    [
        ("livenessProbe", "livez"),
        ("readinessProbe", "readyz"),
        ("startupProbe", "startupz"),
    ];

    private static readonly (string Hook, string Path)[] Hooks = [("postStart", "poststartz"), ("preStop", "prestopz")];

    // What the kubelet can ask over the network; commands run in the container and stay as they are.
    private static readonly string[] Handlers = ["httpGet", "tcpSocket", "grpc"];

    private readonly JsonObject _probers = [];

    /// <summary>What could not be rewritten, and why.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Rewrites the probes of all containers but the proxy; gives what the proxy has to ask, by path.</summary>
    /// <param name="patch">Of the pod.</param>
    /// <param name="native">Whether the proxy runs before the user's own init containers, of which those that keep running may have probes.</param>
    /// <param name="port">Where the proxy answers.</param>
    /// <param name="before">What it already was to ask, where the pod has been injected before.</param>
    public static (JsonObject Probers, List<string> Warnings) Apply(PatchBuilder patch, bool native, int port, JsonObject? before)
    {
        var rewriting = new ProbeRewriting(patch, port, before);
        rewriting.All("containers", _ => true);
        if (native)
        {
            rewriting.All("initContainers", item => (string?)item["restartPolicy"] == "Always" && (string?)item["name"] != Names.Init);
        }

        return (rewriting._probers, rewriting.Warnings);
    }

    private void All(string list, Func<JsonObject, bool> runs)
    {
        var containers = patch.Find("spec", list) as JsonArray ?? [];
        for (var index = 0; index < containers.Count; index++)
        {
            if (containers[index] is JsonObject container && runs(container))
            {
                Container(container, list, $"{index}");
            }
        }
    }

    private void Container(JsonObject container, string list, string index)
    {
        var name = (string)container["name"]!;
        if (name == Names.Proxy)
        {
            return;
        }

        foreach (var (probe, path) in Probes)
        {
            if (container[probe] is JsonObject written)
            {
                Rewrite(container, written, $"/app-health/{name}/{path}", ["spec", list, index, probe]);
            }
        }

        foreach (var (hook, path) in Hooks)
        {
            if (container["lifecycle"]?[hook] is JsonObject written)
            {
                Rewrite(container, written, $"/app-lifecycle/{name}/{path}", ["spec", list, index, "lifecycle", hook]);
            }
        }
    }

    private void Rewrite(JsonObject container, JsonObject probe, string path, string[] at)
    {
        var kind = Array.Find(Handlers, handler => probe[handler] is JsonObject);
        if (kind is null)
        {
            return;
        }

        var handler = (JsonObject)probe[kind]!;
        if ((string?)handler["path"] == path)
        {
            // Rewritten before: what it was stands in the proxy's environment.
            if (before?[path] is { } known)
            {
                _probers[path] = known.DeepClone();
            }

            return;
        }

        var where = $"spec.{at[1]}[{at[2]}].{string.Join('.', at[3..])}";
        if (handler["host"]?.ToString() is { Length: > 0 })
        {
            Warnings.Add($"{where}.{kind} names a host, so the kubelet goes on asking that host itself");
            return;
        }

        if (PortOf(container, handler["port"]) is not { } resolved)
        {
            Warnings.Add($"{where}.{kind}.port {handler["port"]?.ToJsonString()} is no port of the container; it is not rewritten");
            return;
        }

        var asked = (JsonObject)handler.DeepClone();
        asked["port"] = resolved;
        var prober = new JsonObject { [kind] = asked };
        if (probe["timeoutSeconds"] is { } timeout)
        {
            prober["timeoutSeconds"] = timeout.DeepClone();
        }

        _probers[path] = prober;
        if (kind != "httpGet")
        {
            patch.Remove([.. at, kind]);
        }

        patch.Set(new JsonObject { ["path"] = path, ["port"] = port }, [.. at, "httpGet"]);
    }

    private static int? PortOf(JsonObject container, JsonNode? port)
    {
        switch (port?.GetValueKind())
        {
            case JsonValueKind.Number:
                return JsonNumber.Whole(port) is > 0 and <= 65535 and var number ? number : null;
            case JsonValueKind.String:
                var name = (string)port!;
                var named = (container["ports"] as JsonArray)?.FirstOrDefault(p => (string?)p?["name"] == name);
                return JsonNumber.Whole(named?["containerPort"]) is { } found ? found
                    : int.TryParse(name, out var text) && text is > 0 and <= 65535 ? text
                    : null;
            default:
                return null;
        }
    }
}
