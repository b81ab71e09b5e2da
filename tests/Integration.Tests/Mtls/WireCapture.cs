using System.Diagnostics;
using System.Text;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Mtls;

/// <summary>tcpdump on the loopback interface, for one address.</summary>
internal sealed class WireCapture : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _file;

    private WireCapture(Process process, string file)
    {
        _process = process;
        _file = file;
    }

    public static async Task<WireCapture> StartAsync(string folder, string filter)
    {
        var file = Path.Combine(folder, $"{Guid.NewGuid():N}.pcap");
        var process = Process.Start(
            new ProcessStartInfo("tcpdump", ["-i", "lo", "-U", "-s", "0", "-Z", "root", "-w", file, filter])
            {
                RedirectStandardError = true,
            }
        )!;
        var capture = new WireCapture(process, file);
        // It says so once it listens.
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            if (line.Contains("listening on", StringComparison.Ordinal))
            {
                return capture;
            }
        }

        throw new InvalidOperationException("tcpdump ended before it listened.");
    }

    /// <summary>Waits until the capture has grown since <paramref name="before"/>, so that what was sent is in it.</summary>
    public Task GrownAsync(long before) =>
        Wait.UntilAsync("captured packets", TimeSpan.FromSeconds(60), () => Task.FromResult(Length > before), CancellationToken.None);

    public long Length => File.Exists(_file) ? new FileInfo(_file).Length : 0;

    public bool Has(string text)
    {
        using var stream = new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray().AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
