using System.Diagnostics;
using System.Globalization;
using Mesh.Tests;

namespace Mesh.Grpc.Tests;

/// <summary>A peer program of peers/ that runs for one test class; it ends when its standard input does.</summary>
internal sealed class PeerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private PeerProcess(string language, string program, params string[] arguments)
    {
        var (runtime, file) = language switch
        {
            "python" => (Peers.Python, $"{program}.py"),
            _ => (Peers.FindProgram("node")!, $"{program}.js"),
        };
        var script = Path.Combine(Peers.ProjectDirectory, "peers", language, file);
        _process = Process.Start(
            new ProcessStartInfo(runtime, [script, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public int Port { get; private set; }

    public static async Task<PeerProcess> ServeAsync(string language)
    {
        var peer = new PeerProcess(language, "server");
        var line = await peer._process.StandardOutput.ReadLineAsync().WithinBound();
        if (line is null || !line.StartsWith("port ", StringComparison.Ordinal))
        {
            await peer.DisposeAsync();
            throw new InvalidOperationException($"The {language} server did not start: {line} {await peer._errors}");
        }
        peer.Port = int.Parse(line["port ".Length..], CultureInfo.InvariantCulture);
        return peer;
    }

    /// <summary>Runs the client of a language against our server and gives what it says about each scenario.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> CallAsync(string language, int port)
    {
        await using var peer = new PeerProcess(language, "client", port.ToString(CultureInfo.InvariantCulture));
        var results = new Dictionary<string, string>();
        while (await peer._process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(3)) is { } line)
        {
            var name = line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            name = line.StartsWith("fail", StringComparison.Ordinal) ? name[..name.IndexOf(':', StringComparison.Ordinal)] : name;
            results.Add(name, line);
        }
        results.Add("", await peer._errors);
        return results;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }
}
