using System.Text.Json;

namespace Mesh.Kubernetes;

/// <summary>One line of a watch.</summary>
/// <param name="Object">The object; null for <see cref="WatchEventKind.Bookmark"/> and <see cref="WatchEventKind.Error"/>.</param>
/// <param name="ResourceVersion">What the next watch begins behind; empty for errors.</param>
/// <param name="Error">Only for <see cref="WatchEventKind.Error"/>.</param>
public sealed record WatchEvent(WatchEventKind Kind, KubernetesObject? Object, string ResourceVersion, ApiStatus? Error = null)
{
    /// <exception cref="JsonException">It is no event.</exception>
    internal static WatchEvent Read(ReadOnlySpan<byte> line, ApiResource resource)
    {
        var type = "";
        ReadOnlySpan<byte> body = default;
        var reader = new Utf8JsonReader(line, JsonLimits.Reader);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isObject = reader.ValueTextEquals("object"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (isType)
            {
                type = reader.GetString() ?? "";
                continue;
            }

            reader.Skip();
            if (isObject)
            {
                body = line[start..(int)reader.BytesConsumed];
            }
        }

        switch (type)
        {
            case "ADDED":
                return Of(WatchEventKind.Added, KubernetesObject.Read(body, resource));
            case "MODIFIED":
                return Of(WatchEventKind.Modified, KubernetesObject.Read(body, resource));
            case "DELETED":
                return Of(WatchEventKind.Deleted, KubernetesObject.Read(body, resource));
            case "BOOKMARK":
                using (var json = JsonDocument.Parse(body.ToArray()))
                {
                    var version = json.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString();
                    return new(WatchEventKind.Bookmark, null, version ?? "");
                }

            case "ERROR":
                return new(WatchEventKind.Error, null, "", ApiStatus.Read(500, body.ToArray()));
            default:
                throw new JsonException($"'{type}' is no kind of watch event.");
        }
    }

    private static WatchEvent Of(WatchEventKind kind, KubernetesObject changed) => new(kind, changed, changed.ResourceVersion);
}
