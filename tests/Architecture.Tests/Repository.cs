using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Mesh.Architecture.Tests;

/// <summary>The checked-out repository that these tests were compiled in.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>Paths, relative to the root, of the files that git tracks or would track below a folder.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern)
    {
        var start = new ProcessStartInfo("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", $"{folder}/{pattern}"])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start)!;
        var files = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        return [.. files.Where(file => File.Exists(Path.Combine(Root, file)))];
    }

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
