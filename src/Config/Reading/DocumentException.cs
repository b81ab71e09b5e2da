namespace Mesh.Config.Reading;

/// <summary>A document that cannot become a tree; caught where documents are read and turned into a diagnostic.</summary>
internal sealed class DocumentException(DiagnosticCode code, int line, string message) : Exception(message)
{
    internal DiagnosticCode Code { get; } = code;

    internal int Line { get; } = line;
}
