using System.Text.Json.Nodes;
using Mesh.Config;
using Mesh.ControlPlane.Sources;

namespace Mesh.ControlPlane.Status;

/// <summary>What <c>/debug/refused</c> shows: objects that are refused for their own errors, why, and what is in force in their place.</summary>
internal static class RefusedPage
{
    private const int LongestText = 4096;

    /// <param name="state">Null before the first.</param>
    public static JsonArray Write(MeshState? state) =>
        [
            .. (state?.Diagnostics ?? [])
                .Where(diagnostic => diagnostic.Object is not null)
                .GroupBy(diagnostic => diagnostic.Object!.Value)
                .Select(group => Describe(group.Key, [.. group]))
                .OfType<JsonNode>(),
        ];

    private static JsonObject? Describe(ObjectKey key, Diagnostic[] diagnostics)
    {
        var errors = diagnostics.Where(d => d is { ObjectLocal: true, Severity: DiagnosticSeverity.Error }).ToList();
        return errors.Count == 0
            ? null
            : new JsonObject
            {
                ["object"] = key.ToString(),
                ["inForce"] =
                    diagnostics.Any(d => d.Definition == SourceCodes.LastVersionInForce) ? "the version read before"
                    : diagnostics.Any(d => d.Definition == SourceCodes.ClosedByRefusal) ? "a refusal of everything in its scope"
                    : "nothing",
                ["problems"] = DiagnosticText.Join(errors, LongestText),
            };
    }
}
