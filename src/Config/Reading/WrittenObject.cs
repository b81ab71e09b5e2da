namespace Mesh.Config.Reading;

/// <summary>The fields of one object as its file has them, for telling from which line a value comes.</summary>
internal sealed class WrittenObject
{
    private readonly MapNode root;

    private WrittenObject(MapNode root) => this.root = root;

    /// <summary>The object that begins in a line of a file; null where there is none (any more).</summary>
    internal static WrittenObject? Find(string fileName, string content, int line)
    {
        foreach (var (text, firstLine) in DocumentSplitter.Split(content.TrimStart('\uFEFF')))
        {
            var lines = text.AsSpan().Count('\n') + 1;
            if (line < firstLine || line >= firstLine + lines)
            {
                continue;
            }
            try
            {
                var found = DocumentReader.ReadTrees(fileName, text, firstLine).SelectMany(Objects).FirstOrDefault(map => map.Line == line);
                if (found is not null)
                {
                    return new(found);
                }
            }
            catch (DocumentException)
            {
                // What cannot be read has no fields.
            }
        }
        return null;
    }

    /// <summary>The line of exactly this field; null where it is not written.</summary>
    internal int? LineOf(FieldPath path)
    {
        var line = SourceLines.Find(root, path, out var whole);
        return whole ? line : null;
    }

    private static IEnumerable<MapNode> Objects(Node node) =>
        node is MapNode map ? (map["items"] as ListNode)?.Items.SelectMany(Objects).Prepend(map) ?? [map] : [];
}
