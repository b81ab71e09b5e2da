using System.Text;
using System.Text.Json.Nodes;

namespace Mesh.Injector.Admission;

/// <summary>Writes the response of an AdmissionReview. Pure.</summary>
internal static class AdmissionAnswer
{
    // The API server cuts warnings that are longer, and drops those beyond a total.
    private const int LongestWarning = 256;

    /// <summary>The request has nothing to do with pods that begin to exist.</summary>
    public static JsonObject Allowed(AdmissionRequest request) => Review(request, Response(request, allowed: true));

    public static JsonObject Of(AdmissionRequest request, InjectionOutcome outcome)
    {
        var response = Response(request, !outcome.IsRefused);
        if (outcome.IsRefused)
        {
            response["status"] = new JsonObject
            {
                ["status"] = "Failure",
                ["reason"] = "Invalid",
                ["code"] = 422,
                ["message"] = $"the sidecar cannot be injected: {string.Join("; ", outcome.Problems)}",
            };
        }
        else if (outcome.Operations.Length > 0)
        {
            var patch = new JsonArray([.. outcome.Operations.Select(operation => operation.ToJson())]);
            response["patchType"] = "JSONPatch";
            response["patch"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(patch.ToJsonString()));
        }

        if (outcome.Warnings.Length > 0)
        {
            response["warnings"] = new JsonArray([.. outcome.Warnings.Select(warning => JsonValue.Create(Short(warning)))]);
        }

        return Review(request, response);
    }

    private static JsonObject Response(AdmissionRequest request, bool allowed) => new() { ["uid"] = request.Uid, ["allowed"] = allowed };

    private static JsonObject Review(AdmissionRequest request, JsonObject response) =>
        new()
        {
            ["apiVersion"] = request.ApiVersion,
            ["kind"] = "AdmissionReview",
            ["response"] = response,
        };

    private static string Short(string warning) => warning.Length <= LongestWarning ? warning : warning[..(LongestWarning - 1)] + "…";
}
