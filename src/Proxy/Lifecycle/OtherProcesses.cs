using System.Globalization;

namespace Mesh.Proxy.Lifecycle;

/// <summary>Counts the processes of a shared process namespace that are neither the pod's first one nor of the proxy's user and group.</summary>
internal static class OtherProcesses
{
    /// <param name="folder"><c>/proc</c>.</param>
    /// <param name="own">This process; what runs as its user and group is its container's, such as hooks.</param>
    public static int Count(string folder, int own)
    {
        var user = UserOf(Path.Combine(folder, $"{own}"));
        var others = 0;
        foreach (var process in Directory.EnumerateDirectories(folder))
        {
            // Process 1 is the pod's own, which ends last.
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 1 && id != own)
            {
                others += UserOf(process) is { } its && its != user ? 1 : 0;
            }
        }

        return others;
    }

    // Null for a process that has ended, or waits to be buried.
    private static string? UserOf(string process)
    {
        try
        {
            var user = "";
            foreach (var line in File.ReadLines(Path.Combine(process, "status")))
            {
                if (line.StartsWith("State:", StringComparison.Ordinal) && line.Contains('Z', StringComparison.Ordinal))
                {
                    return null;
                }

                // Who keeps clients' addresses is root, as the application may be; the groups differ.
                if (line.StartsWith("Uid:", StringComparison.Ordinal) || line.StartsWith("Gid:", StringComparison.Ordinal))
                {
                    user += "\t" + line.Split('\t', StringSplitOptions.RemoveEmptyEntries)[1];
                }
            }

            return user.Length > 0 ? user : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
