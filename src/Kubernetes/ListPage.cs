using System.Text.Json;

namespace Mesh.Kubernetes;

/// <summary>A part of a list. The objects own their bytes, so that a page's response can go as soon as it is read.</summary>
/// <param name="Continuation">For the next page; null on the last.</param>
/// <param name="ResourceVersion">Of the whole list: a watch begins behind it.</param>
public sealed record ListPage(IReadOnlyList<KubernetesObject> Items, string ResourceVersion, string? Continuation)
{
    /// <exception cref="JsonException">It is no list.</exception>
    internal static ListPage Read(ReadOnlySpan<byte> json, ApiResource resource)
    {
        var items = new List<KubernetesObject>();
        var (version, continuation) = ("", (string?)null);
        var reader = new Utf8JsonReader(json, JsonLimits.Reader);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException($"The list of {resource} is no JSON object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("items"u8))
            {
                reader.Read();
                ReadItems(ref reader, json, resource, items);
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                reader.Read();
                (version, continuation) = Metadata(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return new(items, version, continuation);
    }

    private static void ReadItems(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ApiResource resource, List<KubernetesObject> items)
    {
        // "items": null stands for none.
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            items.Add(KubernetesObject.Read(json[start..(int)reader.BytesConsumed], resource));
        }
    }

    private static (string Version, string? Continuation) Metadata(ref Utf8JsonReader reader)
    {
        var (version, continuation) = ("", (string?)null);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isVersion = reader.ValueTextEquals("resourceVersion"u8);
            var isContinuation = reader.ValueTextEquals("continue"u8);
            reader.Read();
            if (isVersion)
            {
                version = reader.GetString() ?? "";
            }
            else if (isContinuation)
            {
                continuation = reader.GetString() is { Length: > 0 } text ? text : null;
            }
            else
            {
                reader.Skip();
            }
        }

        return (version, continuation);
    }
}
