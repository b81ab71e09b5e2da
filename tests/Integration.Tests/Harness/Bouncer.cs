using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A service in Python that says who may pass, and tells what it was asked about.</summary>
internal sealed class Bouncer : IAsyncDisposable
{
    public const int HttpPort = 8000;
    public const int GrpcPort = 9000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    private Bouncer(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => _lines.Writer.TryWrite(line.Data ?? "");
        _process.BeginOutputReadLine();
    }

    public string Address { get; private init; } = "";

    public static async Task<Bouncer> StartAsync()
    {
        var address = LoopbackSubnet.NextAddress();
        var process = Process.Start(
            new ProcessStartInfo(
                Peers.Python,
                [Path.Combine(Peers.ProjectDirectory, "peers", "python", "bouncer.py"), address, $"{HttpPort}", $"{GrpcPort}"]
            )
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        var bouncer = new Bouncer(process) { Address = address };
        Assert.Equal("ready", await bouncer.LineAsync());
        return bouncer;
    }

    /// <summary>What it was asked next.</summary>
    public async Task<JsonElement> AskedAsync()
    {
        using var line = JsonDocument.Parse(await LineAsync());
        return line.RootElement.Clone();
    }

    /// <summary>From now on connections that are not HTTP are answered so.</summary>
    public async Task SayOfConnectionsAsync(string verdict)
    {
        await _process.StandardInput.WriteLineAsync(verdict);
        await _process.StandardInput.FlushAsync();
        while (await LineAsync() != "heard")
        {
            // What it was asked before.
        }
    }

    /// <summary>Forgets what it was asked; true where there was anything.</summary>
    public bool Forget()
    {
        var any = false;
        while (_lines.Reader.TryRead(out _))
        {
            any = true;
        }

        return any;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<string> LineAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        return await _lines.Reader.ReadAsync(limit.Token);
    }
}
