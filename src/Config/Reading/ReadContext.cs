namespace Mesh.Config.Reading;

/// <summary>What all readers of one object share: its file, its key and where its problems go.</summary>
internal sealed class ReadContext(string file, ObjectKey? key, Func<SchemaNode> schema)
{
    private readonly List<ObjectReader> readers = [];
    private readonly List<(FieldPath Path, Diagnostic Diagnostic)> problems = [];

    internal IEnumerable<Diagnostic> Diagnostics => problems.Select(p => p.Diagnostic);

    /// <summary>Paths of the errors, as texts.</summary>
    internal IEnumerable<string> ErrorPaths =>
        problems.Where(p => p.Diagnostic.Severity == DiagnosticSeverity.Error).Select(p => p.Diagnostic.Path);

    internal SchemaNode Schema => schema();

    internal SourceLocation At(int line) => new(file, line);

    internal void Report(DiagnosticCode code, FieldPath path, int line, string message) =>
        problems.Add((path, new Diagnostic(code, key, path.ToString(), message, At(line))));

    internal void Register(ObjectReader reader) => readers.Add(reader);

    /// <summary>Reports what nobody asked for; called once all fields have been read.</summary>
    internal void ReportUnknownFields()
    {
        foreach (var reader in readers)
        {
            reader.ReportUnknownFields();
        }
    }
}
