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
        Node node = root;
        var line = root.Line;
        foreach (var step in path.Steps)
        {
            switch (node)
            {
                case MapNode map when SourceLines.IndexOf(map, step) is >= 0 and var index:
                    (line, node) = (map.Entries[index].KeyLine, map.Entries[index].Value);
                    break;
                case ListNode list when int.TryParse(step, out var index) && index < list.Items.Count:
                    node = list.Items[index];
                    line = node.Line;
                    break;
                default:
                    return null;
            }
        }
        return line;
    }

    private static IEnumerable<MapNode> Objects(Node node) =>
        node is MapNode map ? (map["items"] as ListNode)?.Items.SelectMany(Objects).Prepend(map) ?? [map] : [];
}
