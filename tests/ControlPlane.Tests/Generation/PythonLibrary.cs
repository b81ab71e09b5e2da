using System.Diagnostics;
using System.Text.Json;
using Mesh.Tests;

namespace Mesh.ControlPlane.Tests.Generation;

/// <summary>The Python process of peers/python/library_client.py: a real gRPC library that resolves <c>xds:</c> names, and two servers.</summary>
internal sealed class PythonLibrary : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process process;

    private PythonLibrary(Process process) => this.process = process;

    /// <summary>The ports of the servers that answer v1 and v2.</summary>
    public int[] Ports { get; private set; } = [];

    public static async Task<PythonLibrary> StartAsync()
    {
        var start = new ProcessStartInfo(Peers.Python, [Path.Combine(Peers.ProjectDirectory, "peers", "python", "library_client.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var library = new PythonLibrary(Process.Start(start)!);
        library.Ports = JsonSerializer.Deserialize<int[]>(await library.ReadAsync())!;
        return library;
    }

    public async Task BootstrapAsync(int port)
    {
        await process.StandardInput.WriteLineAsync($"bootstrap {port}");
        await ReadAsync();
    }

    /// <summary>How often which answer came.</summary>
    public async Task<Dictionary<string, int>> CallAsync(string target, string method, int count, string metadata = "")
    {
        await process.StandardInput.WriteLineAsync($"call {target} {method} {count} {metadata}");
        return JsonSerializer.Deserialize<Dictionary<string, int>>(await ReadAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }

        process.Dispose();
    }

    private async Task<string> ReadAsync() =>
        await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException("the Python process ended");
}
