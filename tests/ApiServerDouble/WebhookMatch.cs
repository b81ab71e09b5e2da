using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>Whether a webhook is asked about an object: its rules, and its selectors of namespaces and of objects.</summary>
internal static class WebhookMatch
{
    public static bool Applies(ApiServer server, JsonObject webhook, string operation, ServedKind kind, string? ns, JsonObject? value) =>
        (webhook["rules"] as JsonArray ?? []).Any(rule =>
            Lists(rule, "operations", operation) && Lists(rule, "apiGroups", kind.Group) && Lists(rule, "resources", kind.Plural)
        )
        && (ns is null || Selects(webhook["namespaceSelector"], server.Find("v1", "Namespace", null, ns)))
        && Selects(webhook["objectSelector"], value);

    private static bool Lists(JsonNode? rule, string field, string value) =>
        rule?[field] is JsonArray values && values.Any(one => (string?)one == "*" || (string?)one == value);

    private static bool Selects(JsonNode? selector, JsonObject? value)
    {
        var labels = value?["metadata"]?["labels"] as JsonObject ?? [];
        return (selector?["matchLabels"] as JsonObject ?? []).All(wanted => (string?)labels[wanted.Key] == (string?)wanted.Value)
            && (selector?["matchExpressions"] as JsonArray ?? []).All(expression => Holds(expression!, labels));
    }

    private static bool Holds(JsonNode expression, JsonObject labels)
    {
        var label = (string?)labels[(string)expression["key"]!];
        var isListed = (expression["values"] as JsonArray ?? []).Any(value => (string?)value == label);
        return (string)expression["operator"]! switch
        {
            "In" => label is not null && isListed,
            "NotIn" => label is null || !isListed,
            "Exists" => label is not null,
            _ => label is null,
        };
    }
}
