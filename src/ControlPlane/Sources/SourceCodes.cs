using System.Collections.Immutable;
using Mesh.Config;

namespace Mesh.ControlPlane.Sources;

/// <summary>The problems of reading objects from where they are kept; their names are stable.</summary>
internal static class SourceCodes
{
    public static readonly DiagnosticCode FileNotRead = new(
        "FileNotRead",
        DiagnosticSeverity.Error,
        ObjectLocal: false,
        "A file or directory could not be read; what was last read from it stays in force."
    );

    public static readonly DiagnosticCode DuplicateObject = new(
        "DuplicateObject",
        DiagnosticSeverity.Warning,
        ObjectLocal: false,
        "An object is written twice; the first by path is in force."
    );

    public static readonly DiagnosticCode LastVersionInForce = new(
        "LastVersionInForce",
        DiagnosticSeverity.Warning,
        ObjectLocal: false,
        "An object is refused, and its last accepted version stays in force."
    );

    public static readonly DiagnosticCode ClosedByRefusal = new(
        "ClosedByRefusal",
        DiagnosticSeverity.Warning,
        ObjectLocal: false,
        "A security object is refused and has no accepted version; everything in its scope is refused."
    );

    /// <summary>All of them, for the reference table.</summary>
    public static ImmutableArray<DiagnosticCode> All { get; } = [FileNotRead, DuplicateObject, LastVersionInForce, ClosedByRefusal];
}
