using System.Diagnostics;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>The client that users look at their objects with.</summary>
internal static class Kubectl
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What it said on standard error, and whether it succeeded.</summary>
    public static async Task<(bool Success, string Error)> RunAsync(string kubeConfig, string input, params string[] arguments)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var process = Process.Start(
            new ProcessStartInfo(
                "kubectl",
                ["--kubeconfig", kubeConfig, "--cache-dir", Path.Combine(Path.GetDirectoryName(kubeConfig)!, "cache"), .. arguments]
            )
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = await process.StandardError.ReadToEndAsync(limit.Token);
        await output;
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode == 0, error);
    }
}
