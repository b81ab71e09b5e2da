namespace Mesh.Config.Reading;

/// <summary>What is known about an apiVersion and kind: a reader, or why there is none.</summary>
internal readonly record struct KindLookup(KindReader? Reader, DiagnosticCode? Code, string Message);
