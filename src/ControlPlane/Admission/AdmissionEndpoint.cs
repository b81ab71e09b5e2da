using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.ControlPlane.Model;
using Mesh.Kubernetes;
using Mesh.Listening;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Admission;

/// <summary>
/// The validating webhook, <c>POST /validate</c>: moves AdmissionReviews (<c>admission.k8s.io/v1</c> and <c>v1beta1</c>, answered in kind) that
/// <see cref="ObjectReview"/> decides. It has no side effects, so that a dry run is a review like any other.
/// </summary>
/// <param name="ending">Cancelled once this replica is to be asked no more.</param>
internal sealed partial class AdmissionEndpoint(
    MeshStore store,
    MeshSettings settings,
    AdmissionMetrics metrics,
    ILogger<AdmissionEndpoint> logger,
    CancellationToken ending = default
)
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/validate";

    /// <summary>Largest review taken, in bytes: the API server takes objects of 3 MiB, and an update sends two.</summary>
    public const int LargestReview = 8 * 1024 * 1024;

    private const string ApiVersion = "admission.k8s.io/v1";
    private const string OldApiVersion = "admission.k8s.io/v1beta1";

    public async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Path != Path)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        PortLimits.Apply(http.Features, LargestReview);
        if (ending.IsCancellationRequested)
        {
            // A connection that is kept leads here, whatever Services say by now.
            http.Response.Headers.Connection = "close";
        }

        try
        {
            using var review = await JsonDocument.ParseAsync(http.Request.Body, JsonLimits.Document, http.RequestAborted);
            await WriteAsync(http, Answer(review.RootElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or BadHttpRequestException)
        {
            metrics.Malformed.Inc();
            http.Response.StatusCode = e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status400BadRequest;
            await http.Response.WriteAsync($"this is no AdmissionReview of {ApiVersion}: {e.Message}\n", http.RequestAborted);
        }
    }

    private JsonObject Answer(JsonElement review)
    {
        if (
            review.ValueKind != JsonValueKind.Object
            || !review.TryGetProperty("apiVersion", out var version)
            || version.ValueKind != JsonValueKind.String
            || version.GetString() is not (ApiVersion or OldApiVersion)
            || !review.TryGetProperty("request", out var request)
            || request.ValueKind != JsonValueKind.Object
            || !request.TryGetProperty("uid", out var uid)
            || uid.ValueKind != JsonValueKind.String
        )
        {
            throw new JsonException($"it needs apiVersion {ApiVersion} or {OldApiVersion} and a request with a uid");
        }

        var verdict = Judge(request);
        (verdict.Refusal is null ? metrics.Passed : metrics.Refused).Inc();
        var response = new JsonObject { ["uid"] = uid.GetString(), ["allowed"] = verdict.Refusal is null };
        if (verdict.Refusal is not null)
        {
            response["status"] = new JsonObject
            {
                ["code"] = StatusCodes.Status422UnprocessableEntity,
                ["reason"] = "Invalid",
                ["message"] = verdict.Refusal,
                ["details"] = Details(request, verdict),
            };
        }

        if (!verdict.Warnings.IsEmpty)
        {
            response["warnings"] = new JsonArray([.. verdict.Warnings.Select(warning => (JsonNode)warning)]);
        }

        return new()
        {
            ["apiVersion"] = version.GetString(),
            ["kind"] = "AdmissionReview",
            ["response"] = response,
        };
    }

    private static JsonObject Details(JsonElement request, ReviewVerdict verdict)
    {
        var kind = request.TryGetProperty("kind", out var asked) && asked.ValueKind == JsonValueKind.Object ? asked : default;
        return new()
        {
            ["name"] = Text(request, "name"),
            ["group"] = Text(kind, "group"),
            ["kind"] = Text(kind, "kind"),
            ["causes"] = new JsonArray([
                .. verdict.Causes.Select(cause =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["reason"] = "FieldValueInvalid",
                            ["field"] = cause.Field,
                            ["message"] = cause.Message,
                        }
                ),
            ]),
        };
    }

    private static string Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";

    private ReviewVerdict Judge(JsonElement request)
    {
        try
        {
            return ObjectReview.Judge(request, store.Current, settings);
        }
        catch (Exception e) when (e is not (JsonException or OperationCanceledException))
        {
            // A bug that one object meets must not keep it from being changed; its status will say what is known.
            metrics.Failed.Inc();
            LogFailed(logger, e);
            return new(null, ["the object could not be checked for an internal error; the control plane's log says why"]);
        }
    }

    private static Task WriteAsync(HttpContext http, JsonObject answer)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(answer.ToJsonString(), http.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A review failed; its object was let in")]
    private static partial void LogFailed(ILogger logger, Exception e);
}
