namespace Mesh.Config;

/// <summary>A problem of configuration as a value: what, where, what it should be; the same text in logs, status and the CLI.</summary>
/// <param name="Definition">Code, severity and whether the object alone shows it.</param>
/// <param name="Object">The object, when its key could be read.</param>
/// <param name="Path">Field path made by <see cref="FieldPath"/>; empty for the object as a whole.</param>
/// <param name="Message">What it is, what it should be, what to do.</param>
/// <param name="Location">Line of the key or value at fault.</param>
public sealed record Diagnostic(DiagnosticCode Definition, ObjectKey? Object, string Path, string Message, SourceLocation Location)
{
    /// <summary>Stable name of the problem.</summary>
    public string Code => Definition.Id;

    /// <summary>How bad it is.</summary>
    public DiagnosticSeverity Severity => Definition.Severity;

    /// <summary>Whether the object alone shows it.</summary>
    public bool ObjectLocal => Definition.ObjectLocal;

    /// <summary>One line: <c>file:line: KIND ns/name field.path: message [Code]</c>; parts that are unknown are left out.</summary>
    public override string ToString()
    {
        var subject = (Object, Path.Length) switch
        {
            (null, 0) => "",
            (null, _) => $" {Path}:",
            ({ } key, 0) => $" {key}:",
            ({ } key, _) => $" {key} {Path}:",
        };
        return OneLine($"{Location}:{subject} {Message} [{Code}]");
    }

    // Values are quoted from users' files: a line break in one must not make two lines.
    private static string OneLine(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }
        return string.Concat(text.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));
    }
}
