using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Harness;

/// <summary>Starts the mesh's programs with few open files.</summary>
internal static class LimitedProcess
{
    /// <param name="openFiles">RLIMIT_NOFILE, soft and hard; null for this process's own.</param>
    public static ChildProcess StartDotnet(string name, string assembly, IEnumerable<string> arguments, string logFile, int? openFiles) =>
        openFiles is null
            ? ChildProcess.StartDotnet(name, assembly, arguments, logFile)
            : ChildProcess.Start(name, "prlimit", [$"--nofile={openFiles}:{openFiles}", "dotnet", assembly, .. arguments], logFile);
}
