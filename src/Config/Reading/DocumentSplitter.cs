namespace Mesh.Config.Reading;

/// <summary>Cuts a file at its <c>---</c> lines before any parsing, so that broken YAML in one document leaves the others readable.</summary>
internal static class DocumentSplitter
{
    /// <summary>Documents with the number of their first line; those that hold only comments and directives are left out.</summary>
    internal static IEnumerable<(string Text, int FirstLine)> Split(string file)
    {
        int start = 0,
            firstLine = 1,
            line = 1;
        for (var at = 0; at < file.Length; line++)
        {
            if (at > start && IsMarker(file.AsSpan(at)))
            {
                if (HasContent(file.AsSpan(start, at - start)))
                {
                    yield return (file[start..at], firstLine);
                }
                (start, firstLine) = (at, line);
            }
            var end = file.IndexOf('\n', at);
            at = end < 0 ? file.Length : end + 1;
        }
        if (HasContent(file.AsSpan(start)))
        {
            yield return (file[start..], firstLine);
        }
    }

    // YAML 1.2, 9.1.2: three dashes at the beginning of a line, alone or followed by white space, also inside a block scalar.
    private static bool IsMarker(ReadOnlySpan<char> text) =>
        text.StartsWith("---") && (text.Length == 3 || text[3] is ' ' or '\t' or '\r' or '\n');

    private static bool HasContent(ReadOnlySpan<char> text)
    {
        foreach (var range in text.Split('\n'))
        {
            var line = text[range];
            if (IsMarker(line))
            {
                line = line[3..];
            }
            line = line.Trim();
            if (line.Length > 0 && line[0] is not ('#' or '%') && line is not "...")
            {
                return true;
            }
        }
        return false;
    }
}
