using System.Diagnostics;

namespace Mesh.Integration.Tests.Harness;

/// <summary>Prometheus' own check of a page of metrics.</summary>
internal static class Promtool
{
    public const string Peer = "program:promtool";

    /// <summary>Everything <c>promtool check metrics</c> has to say, line by line; none for a faultless page.</summary>
    public static async Task<string[]> CheckMetricsAsync(string metrics)
    {
        var start = new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(metrics);
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return [.. $"{await output}\n{await error}".Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
    }
}
