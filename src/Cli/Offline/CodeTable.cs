using System.Collections.Immutable;
using Mesh.Cli.Output;
using Mesh.Config;
using Mesh.ControlPlane.Sources;
using Mesh.ControlPlane.Translation;

namespace Mesh.Cli.Offline;

/// <summary>The reference table of everything that <c>meshctl analyze</c> and the control plane can report, whoever finds it.</summary>
internal static class CodeTable
{
    /// <summary>Of all parts, sorted by name.</summary>
    public static ImmutableArray<DiagnosticCode> All { get; } =
    [.. DiagnosticCodes.All.Concat(TranslationCodes.All).Concat(SourceCodes.All).OrderBy(code => code.Id, StringComparer.Ordinal)];

    public static void Write(TextWriter output) =>
        TextTable.Write(
            output,
            ["CODE", "SEVERITY", "SCOPE", "MEANING"],
            All.Select(code => (string[])[code.Id, code.Severity.ToString(), code.ObjectLocal ? "object" : "mesh", code.Meaning])
        );
}
