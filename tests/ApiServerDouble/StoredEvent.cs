using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>One change, as watches tell it.</summary>
/// <param name="Before">The version before a modification.</param>
internal sealed record StoredEvent(long Version, string Type, ServedKind Kind, string? Namespace, JsonObject Object, JsonObject? Before)
{
    /// <summary>As who asks by a selector hears it: what begins to match is new, what no longer matches is gone. Null for nothing.</summary>
    public string? TypeFor(Func<JsonObject, bool> matches)
    {
        var (was, matchesNow) = (Before is null ? Type == "DELETED" : matches(Before), matches(Object));
        return Type switch
        {
            "MODIFIED" when was && matchesNow => Type,
            "MODIFIED" when was => "DELETED",
            "MODIFIED" when matchesNow => "ADDED",
            "MODIFIED" => null,
            _ => matchesNow ? Type : null,
        };
    }
}
