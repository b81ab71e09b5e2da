namespace Mesh.Config;

/// <summary>A kind of problem with its stable name; every table of codes is made of these.</summary>
/// <param name="Id">Stable name in Pascal case, which scripts and dashboards may rely on.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="ObjectLocal">Whether the object alone shows it, so that admission can refuse it.</param>
/// <param name="Meaning">One line for the reference table.</param>
public sealed record DiagnosticCode(string Id, DiagnosticSeverity Severity, bool ObjectLocal, string Meaning);
