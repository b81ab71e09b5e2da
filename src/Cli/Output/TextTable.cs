namespace Mesh.Cli.Output;

/// <summary>Columns padded with spaces, as kubectl prints them: easy to read, easy to cut.</summary>
internal static class TextTable
{
    private const int Gap = 3;

    public static void Write(TextWriter output, IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        WriteRows(output, [header, .. rows]);
    }

    /// <summary>The same without a header.</summary>
    public static void WriteRows(TextWriter output, IEnumerable<IReadOnlyList<string>> rows)
    {
        var lines = rows.ToList();
        var widths = Enumerable
            .Range(0, lines.Count == 0 ? 0 : lines[0].Count)
            .Select(column => lines.Max(line => line[column].Length))
            .ToArray();
        foreach (var line in lines)
        {
            output.WriteLine(string.Concat(line.Select((cell, column) => cell.PadRight(widths[column] + Gap))).TrimEnd());
        }
    }
}
