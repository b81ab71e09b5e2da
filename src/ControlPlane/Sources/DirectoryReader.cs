using System.Collections.Immutable;

namespace Mesh.ControlPlane.Sources;

/// <summary>Lists the configuration files below a directory: recursively, through links, each file once, names that begin with a dot left out.</summary>
internal static class DirectoryReader
{
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    public static FileListing List(string root)
    {
        var files = new List<FileEntry>();
        var unreadable = ImmutableArray.CreateBuilder<UnreadablePath>();
        if (RealPath.Of(root) is { } real)
        {
            Walk(root, real, new HashSet<string>(StringComparer.Ordinal) { real }, files, unreadable);
        }
        else
        {
            unreadable.Add(new(root, "the directory does not exist"));
        }

        // Mounted ConfigMaps show a file under two names; the first path counts.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return new(
            [.. files.OrderBy(file => file.Path, StringComparer.Ordinal).Where(file => seen.Add(file.RealPath))],
            [.. unreadable.OrderBy(path => path.Path, StringComparer.Ordinal)]
        );
    }

    private static void Walk(
        string path,
        string realPath,
        HashSet<string> visited,
        List<FileEntry> files,
        ImmutableArray<UnreadablePath>.Builder unreadable
    )
    {
        List<FileSystemInfo> entries;
        try
        {
            // In one order, real directories before links: which name of a directory counts must not change from look to look.
            entries =
            [
                .. new DirectoryInfo(realPath)
                    .EnumerateFileSystemInfos()
                    .OrderBy(entry => entry.LinkTarget is not null)
                    .ThenBy(entry => entry.Name, StringComparer.Ordinal),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            unreadable.Add(new(path, e.Message));
            return;
        }

        foreach (var entry in entries)
        {
            if (entry.Name.StartsWith('.'))
            {
                continue;
            }

            var shown = Path.Combine(path, entry.Name);
            var real = entry.LinkTarget is null ? Path.Combine(realPath, entry.Name) : RealPath.Of(entry.FullName);
            var named = Extensions.Contains(Path.GetExtension(entry.Name), StringComparer.OrdinalIgnoreCase);
            if (real is null)
            {
                if (named && entry.LinkTarget is { } target)
                {
                    unreadable.Add(new(shown, $"the link to '{target}' leads nowhere"));
                }

                continue;
            }

            if (Directory.Exists(real))
            {
                // Each once: a link to a directory above would never end, and links among a dozen directories have millions of ways.
                if (visited.Add(real))
                {
                    Walk(shown, real, visited, files, unreadable);
                }
            }
            else if (named)
            {
                var info = new FileInfo(real);
                if (info.Exists)
                {
                    files.Add(new(shown, real, info.Length, info.LastWriteTimeUtc.Ticks));
                }
            }
        }
    }
}
