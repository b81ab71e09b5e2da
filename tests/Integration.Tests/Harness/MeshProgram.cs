using System.Diagnostics;

namespace Mesh.Integration.Tests.Harness;

/// <summary>Runs one of the mesh's programs to its end, as a shell does.</summary>
internal static class MeshProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(180);

    /// <param name="environment">Variables beside those of this process.</param>
    public static async Task<Meshctl.Result> RunAsync(
        string assembly,
        IReadOnlyDictionary<string, string>? environment,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{Path.GetFileName(assembly)} did not end within {Limit}:\n{await output}\n{await error}");
        }

        return new Meshctl.Result(process.ExitCode, await output, await error);
    }
}
