using System.Text.Json.Nodes;

namespace Mesh.Injector;

/// <summary>The name that users know a pod's workload by: that of the Deployment or CronJob behind the owner.</summary>
internal static class WorkloadName
{
    private const int LongestLabel = 63;

    public static string Of(JsonObject pod)
    {
        var metadata = pod["metadata"] as JsonObject;
        var owner = (metadata?["ownerReferences"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(o => o["controller"] is JsonValue);
        var name = (string?)owner?["name"] ?? (string?)metadata?["name"] ?? ((string?)metadata?["generateName"])?.TrimEnd('-') ?? "";
        var shortened = (string?)owner?["kind"] switch
        {
            "ReplicaSet" when (string?)metadata?["labels"]?["pod-template-hash"] is { Length: > 0 } hash => Without(name, "-" + hash),
            // The CronJob controller appends the scheduled minute.
            "Job"
                when name.LastIndexOf('-') is > 0 and var dash
                    && name[(dash + 1)..] is { Length: >= 8 } minute
                    && minute.All(char.IsAsciiDigit) => name[..dash],
            _ => name,
        };
        return shortened.Length <= LongestLabel ? shortened : shortened[..LongestLabel].TrimEnd('-', '.');
    }

    private static string Without(string name, string end) => name.EndsWith(end, StringComparison.Ordinal) ? name[..^end.Length] : name;
}
