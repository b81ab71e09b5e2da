using System.Diagnostics;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Harness;

/// <summary>Signals to child processes, and waiting for their end.</summary>
internal static class ProcessProbes
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Sends SIGTERM and returns at once.</summary>
    public static async Task TerminateAsync(this ChildProcess process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString()]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>The most memory that it ever had resident at a time, in KiB (Linux, VmHWM).</summary>
    public static long PeakResidentKiB(this ChildProcess process)
    {
        var line = File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    /// <summary>The exit code, once there is one.</summary>
    public static async Task<int> ExitAsync(this ChildProcess process)
    {
        await Wait.UntilAsync($"the end of {process.Name}", Patience, () => Task.FromResult(process.HasExited), CancellationToken.None);
        return process.ExitCode;
    }

    /// <summary>Waits until the process has printed a line with this text.</summary>
    public static Task PrintsAsync(this ChildProcess process, string text) =>
        Wait.UntilAsync(
            $"{process.Name} printing '{text}'",
            Patience,
            () => Task.FromResult(process.Tail(int.MaxValue).Contains(text, StringComparison.Ordinal)),
            CancellationToken.None
        );
}
