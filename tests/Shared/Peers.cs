using System.Diagnostics;

namespace Mesh.Tests;

/// <summary>The real programs that tests talk to: where they are, or why they are not there.</summary>
internal static class Peers
{
    /// <summary>Debian's Python, which has Debian's packages; another one on the PATH may not.</summary>
    public const string Python = "/usr/bin/python3";

    /// <summary>The folder of this test project in the source tree.</summary>
    public static string ProjectDirectory { get; } = FindProjectDirectory();

    /// <summary>Why a peer cannot be used; null when it can.</summary>
    /// <param name="peer"><c>python:MODULE</c>, <c>node:PACKAGE</c> (in peers/node of this project) or <c>program:NAME</c> (on the PATH).</param>
    public static string? WhyMissing(string peer)
    {
        var (kind, name) = (peer[..peer.IndexOf(':', StringComparison.Ordinal)], peer[(peer.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        return kind switch
        {
            "python" => WhyModuleMissing(name),
            "node" => FindProgram("node") is null ? "node is not installed"
            : Directory.Exists(Path.Combine(ProjectDirectory, "peers", "node", "node_modules", name)) ? null
            : $"the npm package {name} is not installed: run tests/install-peers.sh",
            "program" => FindProgram(name) is null ? $"{name} is not installed: run tests/install-peers.sh" : null,
            _ => throw new ArgumentException($"A peer is python:, node: or program:, not \"{peer}\".", nameof(peer)),
        };
    }

    /// <summary>The full path of a program on the PATH or in the system's folders; null where there is none.</summary>
    public static string? FindProgram(string name)
    {
#pragma warning disable RS0030 // tests have no Options class; PATH is how the system finds programs
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/local/sbin", "/usr/sbin", "/sbin"]);
#pragma warning restore RS0030
        return folders.Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    private static string? WhyModuleMissing(string module)
    {
        if (!File.Exists(Python))
        {
            return $"{Python} is not installed";
        }
        var start = new ProcessStartInfo(Python, ["-c", $"import {module}"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : $"{Python} has no module {module}: run tests/install-peers.sh";
    }

    private static string FindProjectDirectory()
    {
        var project = typeof(Peers).Assembly.GetName().Name!["Mesh.".Length..];
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Mesh.sln")))
            {
                return Path.Combine(folder.FullName, "tests", project);
            }
        }
        throw new DirectoryNotFoundException($"No Mesh.sln above {AppContext.BaseDirectory}.");
    }
}
