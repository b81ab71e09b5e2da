using System.Collections.Immutable;
using System.Text.Json;
using Mesh.Config;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Translation;

namespace Mesh.ControlPlane.Admission;

/// <summary>
/// Decides whether an object is let in: only what it shows by itself to be wrong is refused, with the diagnostics of <c>meshctl analyze</c>; what
/// depends on other objects is a warning, because the others may come next. The pure twin of <see cref="AdmissionEndpoint"/>.
/// </summary>
internal static class ObjectReview
{
    // The API server shows 4096 characters of warnings, all together, and cuts each to 256 where there are more.
    private const int MostWarnings = 10;

    private const int LongestWarning = 256;

    // Of what is wrong with one object; the rest is counted.
    private const int LongestRefusal = 4096;

    private const string Extensions = "mesh.extensions/";

    // | operation | spec and extensions | object by itself | answer               |
    // | DELETE …  |                     |                  | pass                 |
    // | UPDATE    | unchanged           |                  | pass                 |
    // | otherwise |                     | wrong            | refuse               |
    // | otherwise |                     | sound            | pass, with warnings  |
    /// <param name="request">The <c>request</c> of an AdmissionReview.</param>
    /// <param name="mesh">What the mesh knows; null before the first state, when nothing can be said about other objects.</param>
    /// <param name="settings">Those of the mesh.</param>
    public static ReviewVerdict Judge(JsonElement request, MeshState? mesh, MeshSettings settings)
    {
        var operation = Text(request, "operation");
        if (
            operation is not ("CREATE" or "UPDATE")
            || Text(request, "subResource").Length > 0
            || !request.TryGetProperty("object", out var item)
            || item.ValueKind != JsonValueKind.Object
        )
        {
            return ReviewVerdict.Pass;
        }

        if (operation == "UPDATE" && request.TryGetProperty("oldObject", out var old) && MeansSame(item, old))
        {
            return ReviewVerdict.Pass;
        }

        var result = ObjectParser.Parse("object", item.GetRawText());
        ImmutableArray<Diagnostic> errors =
        [
            .. result.Diagnostics.Where(d => d is { Severity: DiagnosticSeverity.Error, ObjectLocal: true }),
        ];
        if (!errors.IsEmpty)
        {
            return new(OneLine(DiagnosticText.Join(errors, LongestRefusal)), Warnings(result.Diagnostics)) { Causes = Causes(errors) };
        }

        var findings = mesh is not null && result.Objects is [var sound] ? FindingsAbout(sound, mesh, settings) : [];
        return new(null, Warnings(result.Diagnostics.Concat(findings)));
    }

    private static IEnumerable<Diagnostic> FindingsAbout(ConfigObject item, MeshState mesh, MeshSettings settings)
    {
        var objects = ObjectSet.From(mesh.Objects.All.Prepend(item), mesh.Objects);
        return Translator.Translate(objects, settings, mesh.Translation).Diagnostics.Where(d => d.Object == item.Key);
    }

    private static ImmutableArray<(string Field, string Message)> Causes(ImmutableArray<Diagnostic> errors)
    {
        var causes = ImmutableArray.CreateBuilder<(string, string)>();
        var length = 0;
        foreach (var error in errors)
        {
            var message = OneLine(DiagnosticText.Clip($"{error.Message} [{error.Code}]", LongestRefusal));
            length += error.Path.Length + message.Length;
            if (causes.Count > 0 && length > LongestRefusal)
            {
                causes.Add(("spec", $"has {errors.Length - causes.Count} more problems; see meshctl analyze"));
                break;
            }

            causes.Add((error.Path.Length > 0 ? error.Path : "spec", message));
        }

        return causes.ToImmutable();
    }

    private static ImmutableArray<string> Warnings(IEnumerable<Diagnostic> diagnostics)
    {
        var all = diagnostics
            .Where(d => d.Severity == DiagnosticSeverity.Warning || d is { Severity: DiagnosticSeverity.Error, ObjectLocal: false })
            .Select(d => OneLine(DiagnosticText.Of(d)))
            .Distinct()
            .ToList();
        ImmutableArray<string> shown = [.. all.Take(MostWarnings).Select(text => DiagnosticText.Clip(text, LongestWarning))];
        return all.Count <= MostWarnings ? shown : shown.Add($"and {all.Count - MostWarnings} more; see meshctl analyze");
    }

    // A warning travels in a header: the API server drops one with control characters (k8s.io/apimachinery/pkg/util/net, NewWarningHeader).
    private static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;

    private static bool MeansSame(JsonElement left, JsonElement right) =>
        right.ValueKind == JsonValueKind.Object && Same(Spec(left), Spec(right)) && ExtensionsOf(left).SequenceEqual(ExtensionsOf(right));

    private static bool Same(JsonElement? left, JsonElement? right) =>
        left is { } one && right is { } other ? JsonElement.DeepEquals(one, other) : left is null && right is null;

    private static JsonElement? Spec(JsonElement item) => item.TryGetProperty("spec", out var spec) ? spec : null;

    private static IEnumerable<(string Name, string Value)> ExtensionsOf(JsonElement item) =>
        item.TryGetProperty("metadata", out var metadata)
        && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty("annotations", out var annotations)
        && annotations.ValueKind == JsonValueKind.Object
            ? annotations
                .EnumerateObject()
                .Where(annotation => annotation.Name.StartsWith(Extensions, StringComparison.Ordinal))
                .Select(annotation => (annotation.Name, annotation.Value.ToString()))
                .OrderBy(annotation => annotation.Name, StringComparer.Ordinal)
            : [];

    private static string Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
