using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Injector.Admission;

/// <summary>The part of an AdmissionReview's request that injection reads.</summary>
internal sealed record AdmissionRequest(string ApiVersion, string Uid, string Kind, string? SubResource, string Operation, string Namespace)
{
    /// <summary>Null for deletions.</summary>
    public JsonObject? Object { get; init; }

    /// <summary>Of the object, for people: often only the beginning of it exists yet. Null where it has none.</summary>
    public string? PodName { get; init; }

    /// <exception cref="FormatException">It is no AdmissionReview of version v1; the message says what is wrong.</exception>
    public static AdmissionRequest Read(JsonNode? review)
    {
        if (review is not JsonObject root || (string?)Text(root, "kind") != "AdmissionReview")
        {
            throw new FormatException("The body is no AdmissionReview.");
        }

        var version = Text(root, "apiVersion");
        if (version != "admission.k8s.io/v1")
        {
            throw new FormatException($"The AdmissionReview is of version '{version}'; only admission.k8s.io/v1 is answered.");
        }

        if (root["request"] is not JsonObject request || Text(request, "uid") is not { Length: > 0 } uid)
        {
            throw new FormatException("The AdmissionReview has no request with a uid.");
        }

        // Others may define kinds that are called Pod too.
        var kind = request["kind"] is JsonObject of && Text(of, "group") is null or "" ? Text(of, "kind") : null;
        var pod = request["object"] as JsonObject;
        return new(
            version,
            uid,
            kind ?? "",
            Text(request, "subResource"),
            Text(request, "operation") ?? "",
            Text(request, "namespace") ?? ""
        )
        {
            Object = pod,
            PodName = pod?["metadata"] is JsonObject metadata ? Text(metadata, "name") ?? Text(metadata, "generateName") : null,
        };
    }

    private static string? Text(JsonObject of, string name) =>
        of[name] is { } value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
