using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A gRPC program that nobody here wrote, in Python or Node, driven line by line through its standard input.</summary>
internal sealed class GrpcPeer : IAsyncDisposable
{
    public const string PythonPeer = "python:grpc";
    public const string NodePeer = "node:@grpc/grpc-js-xds";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    private GrpcPeer(string program, IEnumerable<string> arguments, string? bootstrap)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (bootstrap is not null)
        {
            start.Environment["GRPC_XDS_BOOTSTRAP"] = bootstrap;
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => _errors.AppendLine(line.Data);
        _process.BeginErrorReadLine();
    }

    /// <summary>Servers in one Python process, each at an address of its own.</summary>
    public static Task<GrpcPeer> ServeAsync(params (string Address, int Port, string Name)[] servers) =>
        StartAsync(
            Peers.Python,
            [PythonScript, "serve", .. servers.Select(server => $"{server.Address}:{server.Port}={server.Name}")],
            null
        );

    public static Task<GrpcPeer> PythonClientAsync(string target, string? authority = null, string? bootstrap = null) =>
        StartAsync(Peers.Python, [PythonScript, "client", target, .. authority is null ? (string[])[] : [authority]], bootstrap);

    /// <summary>The same program, but run by another one, such as one that enters a network namespace first.</summary>
    /// <param name="by">From the program and its arguments to what is run.</param>
    public static Task<GrpcPeer> PythonClientAsync(Func<string[], string[]> by, string target, string? authority = null)
    {
        var command = by([Peers.Python, PythonScript, "client", target, .. authority is null ? (string[])[] : [authority]]);
        return StartAsync(command[0], command[1..], null);
    }

    /// <inheritdoc cref="PythonClientAsync(Func{string[], string[]}, string, string?)"/>
    public static Task<GrpcPeer> ServeAsync(Func<string[], string[]> by, params (string Address, int Port, string Name)[] servers)
    {
        var command = by([
            Peers.Python,
            PythonScript,
            "serve",
            .. servers.Select(server => $"{server.Address}:{server.Port}={server.Name}"),
        ]);
        return StartAsync(command[0], command[1..], null);
    }

    public static Task<GrpcPeer> NodeClientAsync(string target, string? authority = null, string? bootstrap = null) =>
        StartAsync(
            "node",
            [Path.Combine(Peers.ProjectDirectory, "peers", "node", "client.js"), target, .. authority is null ? (string[])[] : [authority]],
            bootstrap
        );

    /// <summary>Calls a method so many times on the one channel; who answered, or the status codes.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CallAsync(
        string method,
        int count = 1,
        string body = "",
        params (string Name, string Value)[] metadata
    )
    {
        await _process.StandardInput.WriteLineAsync(
            JsonSerializer.Serialize(
                new
                {
                    method,
                    count,
                    body,
                    metadata = metadata.ToDictionary(pair => pair.Name, pair => pair.Value, StringComparer.Ordinal),
                }
            )
        );
        await _process.StandardInput.FlushAsync();
        using var answer = JsonDocument.Parse(await ReadLineAsync());
        return answer
            .RootElement.GetProperty("answers")
            .EnumerateObject()
            .ToDictionary(p => p.Name, p => p.Value.GetInt32(), StringComparer.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string PythonScript => Path.Combine(Peers.ProjectDirectory, "peers", "python", "grpc_peer.py");

    private static async Task<GrpcPeer> StartAsync(string program, IEnumerable<string> arguments, string? bootstrap)
    {
        var peer = new GrpcPeer(program, arguments, bootstrap);
        Assert.Equal("ready", await peer.ReadLineAsync());
        return peer;
    }

    private async Task<string> ReadLineAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        return await _process.StandardOutput.ReadLineAsync(limit.Token)
            ?? throw new InvalidOperationException($"The peer ended: {_errors}");
    }
}
