using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Injector.Cluster;
using Mesh.Injector.Deciding;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mesh.Injector.Admission;

/// <summary>Answers the API server's AdmissionReviews on <c>/inject</c>; what they mean is <see cref="PodInjection"/>'s business.</summary>
internal sealed class AdmissionEndpoint(
    Func<PodInjection> injection,
    NamespaceLookup namespaces,
    InjectionMetrics metrics,
    ILogger<AdmissionEndpoint> logger
)
{
    /// <summary>Bytes of a review; the API server's own objects are below 3 MiB, of which a review of an update has two.</summary>
    public const long LargestReview = 8 * 1024 * 1024;

    private const int UsualAnswer = 16 * 1024;

    private static readonly JsonDocumentOptions Limits = new() { MaxDepth = 128, AllowDuplicateProperties = false };

    public async Task AnswerAsync(HttpContext http)
    {
        var started = Stopwatch.GetTimestamp();
        AdmissionRequest request;
        try
        {
            var json = await JsonNode.ParseAsync(http.Request.Body, documentOptions: Limits, cancellationToken: http.RequestAborted);
            request = AdmissionRequest.Read(json);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or BadHttpRequestException)
        {
            // Half of a surrogate pair is found only where its text is read.
            metrics.Malformed();
            http.Response.StatusCode = e is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status400BadRequest;
            await http.Response.WriteAsync($"{e.Message}\n", http.RequestAborted);
            return;
        }

        var outcome = await ReviewAsync(request, http.RequestAborted);
        var answer = new ArrayBufferWriter<byte>(UsualAnswer);
        AdmissionAnswer.Write(answer, request, outcome);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = answer.WrittenCount;
        await http.Response.Body.WriteAsync(answer.WrittenMemory, http.RequestAborted);
        if (outcome is not null)
        {
            metrics.Took(Stopwatch.GetElapsedTime(started));
        }
    }

    // Null where it is not about a pod that begins to exist.
    private async ValueTask<InjectionOutcome?> ReviewAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request is not { Kind: "Pod", Operation: "CREATE", SubResource: null or "", Object: { } pod })
        {
            return null;
        }

        var outcome = injection().Of(pod, request.Namespace, namespaces.Known(request.Namespace));
        if (SkipReasons.DependsOnNamespace(outcome.Reason))
        {
            // The API server asked because it finds the namespace opted in; what is known here may be older.
            outcome = injection().Of(pod, request.Namespace, await namespaces.AskAsync(request.Namespace, cancellation));
        }

        metrics.Count(outcome);
        Log(request, outcome);
        return outcome;
    }

    private void Log(AdmissionRequest request, InjectionOutcome outcome)
    {
        var name = request.PodName;
        if (outcome.IsRefused)
        {
            logger.LogWarning("{Namespace}/{Pod} refused: {Problems}", request.Namespace, name, string.Join("; ", outcome.Problems));
        }
        else if (outcome.IsInjected)
        {
            logger.LogInformation(
                "{Namespace}/{Pod} injected, {Operations} operations",
                request.Namespace,
                name,
                outcome.Operations.Length
            );
        }
        else
        {
            logger.LogInformation("{Namespace}/{Pod} left alone: {Reason}", request.Namespace, name, SkipReasons.Sentence(outcome.Reason));
        }
    }
}
