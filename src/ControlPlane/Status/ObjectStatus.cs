using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Config;
using Mesh.Kubernetes;

namespace Mesh.ControlPlane.Status;

/// <summary>
/// What we say in an object's <c>status</c>: <c>Accepted</c> (its own errors), <c>PassedAnalysis</c> (what it means together with the others) and
/// <c>Programmed</c> (who has it). Pure; conditions of others stay as they are.
/// </summary>
internal static class ObjectStatus
{
    // Status is no log: the API server takes 32768 characters a message.
    private const int LongestMessage = 4096;

    // A key that is there twice would show late, when it is asked for.
    private static readonly JsonDocumentOptions Reading = JsonLimits.Document with { AllowDuplicateProperties = false };

    private const string NotAccepted = "NotAccepted";
    private const string NoProxies = "NoProxies";
    private const string Pending = "Pending";
    private const string Everywhere = "Programmed";

    // Reasons that come and go with proxies.
    private static readonly string[] Counted = [NoProxies, Pending, Everywhere];

    /// <summary>The status as it should be; null where it is that already.</summary>
    /// <param name="present">As it stands; empty for none.</param>
    /// <param name="generation">Of the version that this is about; 0 where unknown.</param>
    /// <param name="isInForce">The object, or an earlier version of it, takes part in the mesh.</param>
    public static StatusChange? Next(
        ReadOnlyMemory<byte> present,
        long generation,
        ImmutableArray<Diagnostic> diagnostics,
        bool isInForce,
        Programmed programmed,
        DateTimeOffset now
    )
    {
        var before = Parse(present);
        var known = before["conditions"] as JsonArray ?? [];
        var wanted = new[]
        {
            Accepted([.. diagnostics.Where(d => d is { ObjectLocal: true, Severity: DiagnosticSeverity.Error })]),
            Analysis([
                .. diagnostics.Where(d =>
                    !(d is { ObjectLocal: true, Severity: DiagnosticSeverity.Error }) && d.Severity != DiagnosticSeverity.Info
                ),
            ]),
            Reached(diagnostics.Any(d => d is { ObjectLocal: true, Severity: DiagnosticSeverity.Error }), isInForce, programmed),
        };
        var kind = wanted.Max(condition => ChangeOf(Find(known, condition.Type), condition, generation));
        if (kind == StatusChangeKind.None)
        {
            return null;
        }

        var conditions = new JsonArray([.. known.Where(item => !wanted.Any(w => Type(item) == w.Type)).Select(item => item?.DeepClone())]);
        foreach (var condition in wanted)
        {
            var old = Find(known, condition.Type);
            var since = Text(old, "status") == condition.Status ? Text(old, "lastTransitionTime") : null;
            conditions.Add(
                (JsonNode)
                    new JsonObject
                    {
                        ["type"] = condition.Type,
                        ["status"] = condition.Status,
                        ["reason"] = condition.Reason,
                        ["message"] = condition.Message,
                        ["observedGeneration"] = generation,
                        ["lastTransitionTime"] =
                            since ?? now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                    }
            );
        }

        before["conditions"] = conditions;
        before["observedGeneration"] = generation;
        return new(before, kind, IsProblem: wanted[0].Status == "False");
    }

    private static Condition Accepted(ImmutableArray<Diagnostic> errors) =>
        errors.IsEmpty
            ? new("Accepted", "True", "Valid", "the object is sound")
            : new("Accepted", "False", errors[0].Code, DiagnosticText.Join(errors, LongestMessage));

    private static Condition Analysis(ImmutableArray<Diagnostic> findings) =>
        findings.IsEmpty
            ? new("PassedAnalysis", "True", "NoFindings", "nothing to tell")
            : new("PassedAnalysis", "False", findings[0].Code, DiagnosticText.Join(findings, LongestMessage));

    private static Condition Reached(bool isRefused, bool isInForce, Programmed programmed)
    {
        if (!isInForce)
        {
            return new("Programmed", "False", "NotInForce", "no version of the object was accepted");
        }

        var text = $"programmed on {programmed.Have} of {programmed.Of} proxies";
        return isRefused ? new("Programmed", "False", NotAccepted, "what is in force instead of this version is " + text)
            : programmed.Of == 0 ? new("Programmed", "Unknown", NoProxies, text)
            : programmed.Have < programmed.Of ? new("Programmed", "False", Pending, text)
            : new("Programmed", "True", Everywhere, text);
    }

    private static StatusChangeKind ChangeOf(JsonNode? old, Condition wanted, long generation)
    {
        var (status, reason) = (Text(old, "status"), Text(old, "reason"));
        if (old?["observedGeneration"]?.ToJsonString() != generation.ToString(CultureInfo.InvariantCulture))
        {
            return StatusChangeKind.News;
        }

        // Proxies come and go all the time, and with them whether all of them have an object.
        if (Counted.Contains(wanted.Reason) && Counted.Contains(reason ?? ""))
        {
            return (status, reason, Text(old, "message")) != (wanted.Status, wanted.Reason, wanted.Message)
                ? StatusChangeKind.Count
                : StatusChangeKind.None;
        }

        return (status, reason) != (wanted.Status, wanted.Reason) ? StatusChangeKind.News
            : Text(old, "message") == wanted.Message ? StatusChangeKind.None
            : wanted.Reason == NotAccepted ? StatusChangeKind.Count
            : StatusChangeKind.Wording;
    }

    private static JsonNode? Find(JsonArray conditions, string type) => conditions.FirstOrDefault(item => Type(item) == type);

    private static string? Type(JsonNode? condition) => Text(condition, "type");

    // Others write here too, and not always what they should.
    private static string? Text(JsonNode? of, string name) =>
        of is JsonObject item && item[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static JsonObject Parse(ReadOnlyMemory<byte> status)
    {
        try
        {
            return status.IsEmpty ? [] : JsonNode.Parse(status.Span, null, Reading) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private sealed record Condition(string Type, string Status, string Reason, string Message);
}
