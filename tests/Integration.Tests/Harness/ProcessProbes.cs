using System.Diagnostics;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Harness;

/// <summary>Signals to child processes, and waiting for their end.</summary>
internal static class ProcessProbes
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

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

    /// <summary>Waits for a condition; fails at once, with the end of its log, where the process ends before.</summary>
    public static Task UntilAsync(this ChildProcess process, string what, Func<Task<bool>> condition) =>
        Wait.UntilAsync(
            what,
            Patience,
            () =>
                process.HasExited
                    ? throw new InvalidOperationException($"{process.Name} ended with code {process.ExitCode}:\n{process.Tail(40)}")
                    : condition(),
            CancellationToken.None
        );

    /// <summary>Waits until a page of it answers 200; fails at once where the process ends before.</summary>
    public static Task ReadyAsync(this ChildProcess process, string url) =>
        process.UntilAsync($"{process.Name} answering {url}", () => Wait.AnswersAsync(url, CancellationToken.None));

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
