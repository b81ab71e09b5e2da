namespace Mesh.Config.Reading;

/// <summary>Finds the line that a field path means: that of the field, or of the nearest thing around it that is written.</summary>
internal static class SourceLines
{
    internal static int Find(MapNode root, FieldPath path) => Find(root, path, out _);

    /// <param name="whole">Whether the field itself is written.</param>
    internal static int Find(Node root, FieldPath path, out bool whole)
    {
        var node = root;
        var line = root.Line;
        foreach (var step in path.Steps)
        {
            switch (node)
            {
                case MapNode map when IndexOf(map, step) is >= 0 and var index:
                    (line, node) = (map.Entries[index].KeyLine, map.Entries[index].Value);
                    break;
                case ListNode list when int.TryParse(step, out var index) && index < list.Items.Count:
                    node = list.Items[index];
                    line = node.Line;
                    break;
                default:
                    whole = false;
                    return line;
            }
        }

        whole = true;
        return line;
    }

    /// <summary>Index of a field, in whatever spelling it is written; -1 where it is not.</summary>
    internal static int IndexOf(MapNode map, string name)
    {
        var index = map.IndexOf(name);
        for (var i = 0; index < 0 && i < map.Entries.Count; i++)
        {
            index = NearestName.IsSame(map.Entries[i].Key, name) ? i : -1;
        }
        return index;
    }
}
