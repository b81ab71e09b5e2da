using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>An answer that is no success, in the API server's form.</summary>
internal sealed class ApiError(int code, string reason, string message) : Exception(message)
{
    public int Code { get; } = code;

    public string Reason { get; } = reason;

    /// <summary>Of whom, and what of it; null for nothing.</summary>
    public JsonNode? Details { get; init; }

    public JsonObject ToJson() =>
        new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = Reason,
            ["details"] = Details?.DeepClone(),
            ["code"] = Code,
        };

    public static ApiError NotFound(ServedKind kind, string name) => new(404, "NotFound", $"{kind.Plural} \"{name}\" not found");

    public static ApiError Conflict(ServedKind kind, string name) =>
        new(
            409,
            "Conflict",
            $"Operation cannot be fulfilled on {kind.Plural} \"{name}\": the object has been modified; please apply your changes to the latest version and try again"
        );

    public static ApiError Expired() => new(410, "Expired", "The resourceVersion for the provided watch is too old.");
}
