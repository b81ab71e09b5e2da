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
            Walk(root, real, [real], files, unreadable);
        }
        else
        {
            unreadable.Add(new(root, "the directory does not exist"));
        }

        // Mounted ConfigMaps show a file under two names; the first path counts.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return new(
            [.. files.OrderBy(file => file.Path, StringComparer.Ordinal).Where(file => seen.Add(file.RealPath))],
            unreadable.ToImmutable()
        );
    }

    private static void Walk(
        string path,
        string realPath,
        ImmutableHashSet<string> above,
        List<FileEntry> files,
        ImmutableArray<UnreadablePath>.Builder unreadable
    )
    {
        List<FileSystemInfo> entries;
        try
        {
            entries = [.. new DirectoryInfo(realPath).EnumerateFileSystemInfos()];
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
            if (real is null)
            {
                continue;
            }

            if (Directory.Exists(real))
            {
                // A link to a directory above would never end.
                if (!above.Contains(real))
                {
                    Walk(shown, real, above.Add(real), files, unreadable);
                }
            }
            else if (Extensions.Contains(Path.GetExtension(entry.Name), StringComparer.OrdinalIgnoreCase))
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
