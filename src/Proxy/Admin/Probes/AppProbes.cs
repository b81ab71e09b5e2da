using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Proxy.Admin.Probes;

/// <summary>
/// Reads the probes of <c>--app-probers</c>: JSON from path to a probe of Kubernetes' API, as the injector writes it and as Istio's agent reads it
/// (<c>{"/app-health/web/livez":{"httpGet":{"path":"/live","port":8080},"timeoutSeconds":1}}</c>).
/// </summary>
internal static class AppProbes
{
    private static readonly TimeSpan KubernetesDefault = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HookTimeout = TimeSpan.FromSeconds(30);

    public static FrozenDictionary<string, AppProbe> None { get; } = FrozenDictionary<string, AppProbe>.Empty;

    /// <summary>An option's parser.</summary>
    public static FrozenDictionary<string, AppProbe>? Parse(string text, out string? error)
    {
        try
        {
            if (JsonNode.Parse(text) is not JsonObject map)
            {
                error = "the value is no JSON object from path to probe";
                return null;
            }

            error = null;
            return map.Count == 0
                ? None
                : map.ToFrozenDictionary(entry => Path(entry.Key), entry => Probe(entry.Key, entry.Value), StringComparer.Ordinal);
        }
        catch (JsonException e)
        {
            error = $"the value is no JSON: {e.Message}";
        }
        catch (FormatException e)
        {
            error = e.Message;
        }

        return null;
    }

    private static string Path(string path) =>
        path.StartsWith("/app-health/", StringComparison.Ordinal) || path.StartsWith("/app-lifecycle/", StringComparison.Ordinal)
            ? path
            : throw new FormatException($"'{path}' begins with neither /app-health/ nor /app-lifecycle/");

    private static AppProbe Probe(string path, JsonNode? node)
    {
        var probe = Object(path, node);
        var timeout =
            probe["timeoutSeconds"] is { } seconds ? TimeSpan.FromSeconds(Whole($"{path}.timeoutSeconds", seconds, int.MaxValue))
            : path.StartsWith("/app-lifecycle/", StringComparison.Ordinal) ? HookTimeout
            : KubernetesDefault;
        if (probe["httpGet"] is { } http)
        {
            var get = Object($"{path}.httpGet", http);
            var target = Text($"{path}.httpGet.path", get["path"]) ?? "/";
            return new()
            {
                Kind = AppProbeKind.Http,
                Port = Port($"{path}.httpGet.port", get["port"]),
                Path = target.StartsWith('/') ? target : "/" + target,
                Tls = string.Equals(Text($"{path}.httpGet.scheme", get["scheme"]), "HTTPS", StringComparison.OrdinalIgnoreCase),
                Headers = Headers($"{path}.httpGet.httpHeaders", get["httpHeaders"]),
                Timeout = timeout,
            };
        }

        if (probe["tcpSocket"] is { } tcp)
        {
            var port = Port($"{path}.tcpSocket.port", Object($"{path}.tcpSocket", tcp)["port"]);
            return new()
            {
                Kind = AppProbeKind.Tcp,
                Port = port,
                Timeout = timeout,
            };
        }

        var grpc = Object($"{path} has none of httpGet, tcpSocket and grpc:", probe["grpc"]);
        return new()
        {
            Kind = AppProbeKind.Grpc,
            Port = Port($"{path}.grpc.port", grpc["port"]),
            Service = Text($"{path}.grpc.service", grpc["service"]) ?? "",
            Timeout = timeout,
        };
    }

    private static ImmutableArray<KeyValuePair<string, string>> Headers(string path, JsonNode? node) =>
        node switch
        {
            null => [],
            JsonArray list =>
            [
                .. list.Select(item => Object(path, item))
                    .Select(item => KeyValuePair.Create(Text(path, item["name"]) ?? "", Text(path, item["value"]) ?? "")),
            ],
            _ => throw new FormatException($"{path} is no list"),
        };

    private static JsonObject Object(string path, JsonNode? node) =>
        node as JsonObject ?? throw new FormatException($"{path} is no object");

    private static string? Text(string path, JsonNode? node) =>
        node is null ? null
        : node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>()
        : throw new FormatException($"{path} is no text");

    private static int Port(string path, JsonNode? node) => Whole(path, node, 65535);

    private static int Whole(string path, JsonNode? node, int most) =>
        node is JsonValue value && value.TryGetValue<int>(out var number) && number > 0 && number <= most
            ? number
            : throw new FormatException($"{path} is no whole number from 1 to {most}");
}
