using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mesh.Injector.Admission;

/// <summary>Writes the response of an AdmissionReview, straight to bytes: a patch is several times the size of what else there is. Pure.</summary>
internal static class AdmissionAnswer
{
    // The API server cuts warnings that are longer, and drops those beyond a total.
    private const int LongestWarning = 256;

    // Nobody embeds it into a page; escaping what needs none would make patches longer.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="outcome">Null where the request has nothing to do with pods that begin to exist.</param>
    public static void Write(IBufferWriter<byte> output, AdmissionRequest request, InjectionOutcome? outcome)
    {
        using var json = new Utf8JsonWriter(output, Plain);
        json.WriteStartObject();
        json.WriteString("apiVersion"u8, request.ApiVersion);
        json.WriteString("kind"u8, "AdmissionReview"u8);
        json.WriteStartObject("response"u8);
        json.WriteString("uid"u8, request.Uid);
        json.WriteBoolean("allowed"u8, outcome is not { IsRefused: true });
        if (outcome is not null)
        {
            WriteOutcome(json, outcome);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteOutcome(Utf8JsonWriter json, InjectionOutcome outcome)
    {
        if (outcome.IsRefused)
        {
            json.WriteStartObject("status"u8);
            json.WriteString("status"u8, "Failure"u8);
            json.WriteString("reason"u8, "Invalid"u8);
            json.WriteNumber("code"u8, 422);
            json.WriteString("message"u8, $"the sidecar cannot be injected: {string.Join("; ", outcome.Problems)}");
            json.WriteEndObject();
        }
        else if (outcome.Operations.Length > 0)
        {
            json.WriteString("patchType"u8, "JSONPatch"u8);
            json.WriteBase64String("patch"u8, Patch(outcome).WrittenSpan);
        }

        if (outcome.Warnings.Length > 0)
        {
            json.WriteStartArray("warnings"u8);
            foreach (var warning in outcome.Warnings)
            {
                json.WriteStringValue(Short(warning));
            }

            json.WriteEndArray();
        }
    }

    private static ArrayBufferWriter<byte> Patch(InjectionOutcome outcome)
    {
        const int Usual = 16 * 1024;
        var patch = new ArrayBufferWriter<byte>(Usual);
        using var json = new Utf8JsonWriter(patch, Plain);
        json.WriteStartArray();
        foreach (var operation in outcome.Operations)
        {
            operation.WriteTo(json);
        }

        json.WriteEndArray();
        return patch;
    }

    private static string Short(string warning) => warning.Length <= LongestWarning ? warning : warning[..(LongestWarning - 1)] + "…";
}
