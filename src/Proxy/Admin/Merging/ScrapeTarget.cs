using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Proxy.Admin.Merging;

/// <summary>Where an application's own metrics are: what its <c>prometheus.io</c> annotations said before the injector put the proxy's in their place.</summary>
/// <param name="Port">Of the application.</param>
/// <param name="Path">With its query; default <c>/metrics</c>.</param>
/// <param name="Tls">Over TLS, whose certificate nobody checks; default false.</param>
internal sealed record ScrapeTarget(int Port, string Path, bool Tls)
{
    /// <summary>An option's parser: <c>{"port":8080,"path":"/metrics","scheme":"http"}</c>, of which only the port is needed.</summary>
    public static ScrapeTarget? Parse(string text, out string? error)
    {
        JsonObject? map = null;
        try
        {
            map = JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            // Said below.
        }

        var port = map?["port"] is JsonValue value && value.TryGetValue<int>(out var number) && number is > 0 and <= 65535 ? number : 0;
        var (path, scheme) = (Text(map, "path") ?? "/metrics", Text(map, "scheme") ?? "http");
        error =
            map is null ? $"'{text}' is no JSON object; write {{\"port\":8080,\"path\":\"/metrics\"}}"
            : port == 0 ? $"port is {map["port"]?.ToJsonString() ?? "missing"}, must be a whole number from 1 to 65535"
            : scheme is not ("http" or "https") ? $"scheme is '{scheme}', must be http or https"
            : null;
        return error is null ? new(port, path.StartsWith('/') ? path : "/" + path, scheme == "https") : null;
    }

    private static string? Text(JsonObject? map, string name) =>
        map?[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
