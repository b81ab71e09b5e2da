using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Injector.Settings;

namespace Mesh.Injector.Patching;

/// <summary>Pieces that both injected containers are made of.</summary>
internal static class Containers
{
    // Quotes stay quotes: people read these values in their pods.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };

    public static JsonObject Resources(Amounts amounts)
    {
        var resources = new JsonObject();
        Add("limits", amounts.Limits);
        Add("requests", amounts.Requests);
        return WithRequests(resources);

        void Add(string name, ImmutableSortedDictionary<string, string> values)
        {
            if (values.Count > 0)
            {
                resources[name] = new JsonObject(values.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)JsonValue.Create(v.Value))));
            }
        }
    }

    /// <summary>A limit without a request asks for as much: the API server writes it so into every pod before a webhook sees it.</summary>
    public static JsonObject WithRequests(JsonObject resources)
    {
        foreach (var (name, amount) in resources["limits"] as JsonObject ?? [])
        {
            if (resources["requests"] is not JsonObject requests)
            {
                resources["requests"] = requests = [];
            }

            if (amount is not null && !requests.ContainsKey(name))
            {
                requests[name] = amount.DeepClone();
            }
        }

        return resources;
    }

    public static string Compact(JsonNode json) => json.ToJsonString(Readable);

    /// <summary>As the proxy's options read it: a whole number with one unit.</summary>
    public static string Duration(TimeSpan value) =>
        value.Ticks % TimeSpan.TicksPerSecond == 0 ? $"{value.Ticks / TimeSpan.TicksPerSecond}s" : $"{(long)value.TotalMilliseconds}ms";
}
