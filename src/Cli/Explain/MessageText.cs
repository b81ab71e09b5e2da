using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds;

namespace Mesh.Cli.Explain;

/// <summary>Parts of resources in one line for people: every field that is set, by its name, without a word about how it is nested.</summary>
internal static class MessageText
{
    /// <summary><c>consecutive5xx 5, interval 10s</c>; fields of these names are left out.</summary>
    public static string Of(IMessage message, params string[] except) =>
        JsonNode.Parse(ResourceJson.Write(message)) is JsonObject fields
            ? string.Join(", ", fields.Where(field => field.Key != "@type" && !except.Contains(field.Key)).Select(Text))
            : "";

    /// <summary><c>250ms</c>, <c>5s</c>, <c>none</c> for zero.</summary>
    public static string Of(Duration? duration) =>
        duration is null || duration.Equals(new Duration()) ? "none"
        : duration.ToTimeSpan() is { TotalSeconds: < 1 } brief ? $"{brief.TotalMilliseconds:0.###}ms"
        : $"{duration.ToTimeSpan().TotalSeconds:0.###}s";

    private static string Text(KeyValuePair<string, JsonNode?> field) =>
        field.Value switch
        {
            JsonObject { Count: 0 } => field.Key,
            JsonObject inner => $"{field.Key} ({string.Join(", ", inner.Where(item => item.Key != "@type").Select(Text))})",
            JsonArray list => $"{field.Key} {string.Join(" ", list.Select(Item))}",
            var value => $"{field.Key} {value}",
        };

    private static string Item(JsonNode? item) => item is JsonObject inner ? $"({string.Join(", ", inner.Select(Text))})" : $"{item}";
}
