using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Mesh.ApiServerDouble;

/// <summary>Label and field selectors: <c>a=b</c>, <c>a!=b</c>, <c>a</c>, <c>!a</c>, joined with commas.</summary>
internal static class Selector
{
    public static bool Matches(JsonObject value, IQueryCollection query)
    {
        var labels = value["metadata"]?["labels"] as JsonObject;
        return All(query["labelSelector"], name => (string?)labels?[name])
            && All(query["fieldSelector"], path => (string?)path.Split('.').Aggregate((JsonNode?)value, (at, part) => at?[part]));
    }

    private static bool All(string? selector, Func<string, string?> get) =>
        string.IsNullOrEmpty(selector)
        || selector
            .Split(',')
            .All(part =>
                part.Split("!=", 2) is [var unequal, var not] ? get(unequal) != not
                : part.Split('=', 2) is [var name, var wanted] ? get(name) == wanted.TrimStart('=')
                : part.StartsWith('!') ? get(part[1..]) is null
                : get(part) is not null
            );
}
