namespace Mesh.ControlPlane.Sources;

/// <summary>Follows every link of a path, those of its directories too, as realpath(3) does.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>Null where a link leads nowhere or in a circle.</summary>
    public static string? Of(string path)
    {
        var todo = new Stack<string>();
        Push(todo, Path.GetFullPath(path));
        var current = "/";
        var links = 0;
        while (todo.TryPop(out var part))
        {
            if (part == "..")
            {
                current = Path.GetDirectoryName(current) ?? "/";
                continue;
            }

            var candidate = Path.Combine(current, part);
            if (new FileInfo(candidate).LinkTarget is not { } target)
            {
                current = candidate;
                continue;
            }

            if (++links > MostLinks)
            {
                return null;
            }

            if (Path.IsPathRooted(target))
            {
                current = "/";
            }

            Push(todo, target);
        }

        return Path.Exists(current) ? current : null;
    }

    private static void Push(Stack<string> todo, string path)
    {
        foreach (var part in path.Split('/').Reverse())
        {
            if (part.Length > 0 && part != ".")
            {
                todo.Push(part);
            }
        }
    }
}
