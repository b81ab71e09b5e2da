namespace Mesh.Config;

/// <summary>How bad a <see cref="Diagnostic"/> is.</summary>
public enum DiagnosticSeverity
{
    /// <summary>Worth knowing; nothing is wrong.</summary>
    Info,

    /// <summary>The object is in force, but probably not as meant.</summary>
    Warning,

    /// <summary>The object, or the part named, is not in force.</summary>
    Error,
}
