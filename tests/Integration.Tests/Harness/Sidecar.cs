using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Harness;

/// <summary>One sidecar process, and clients that send through its outbound port.</summary>
internal sealed class Sidecar(string pod, string ns, string address, string directory) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private ChildProcess? _process;

    /// <summary>RLIMIT_NOFILE of the process; null for ours.</summary>
    public int? OpenFiles { get; init; }

    public string Address => address;

    public string NodeId => $"sidecar~{address}~{pod}.{ns}~{ns}.svc.cluster.local";

    public IPEndPoint Outbound { get; } = new(IPAddress.Parse(address), 15001);

    public string Admin => $"{address}:15000";

    public string ReadyUrl => $"http://{address}:15021/healthz/ready";

    public string AccessLog => Path.Combine(directory, $"{pod}.access.log");

    public string LogFile => Path.Combine(directory, $"{pod}.log");

    public ChildProcess Process => _process ?? throw new InvalidOperationException("The sidecar was not started.");

    /// <param name="controlPlane">The options that say where it is, and who we are to it.</param>
    public void Start(IEnumerable<string> controlPlane, IEnumerable<string> extraArguments) =>
        _process = LimitedProcess.StartDotnet(
            pod,
            MeshBinaries.BesideThis.Proxy,
            [
                "--node",
                NodeId,
                .. controlPlane,
                "--outbound",
                Outbound.ToString(),
                "--inbound",
                $"{address}:15006",
                "--admin",
                Admin,
                "--ready",
                $"{address}:15021",
                "--metrics",
                $"{address}:15090",
                "--merged",
                $"{address}:15020",
                "--access-log",
                AccessLog,
                .. extraArguments,
            ],
            LogFile,
            OpenFiles
        );

    /// <summary>An HTTP client whose every connection goes to the outbound port, whatever the URL says.</summary>
    public HttpClient Client(Version version) => ClientTo(Outbound, version);

    public static HttpClient ClientTo(IPEndPoint endPoint, Version version) =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                ConnectCallback = async (_, cancel) =>
                {
                    var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    await socket.ConnectAsync(endPoint, cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        )
        {
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromSeconds(30),
        };

    public async Task<string?> VersionAsync()
    {
        if (await Wait.TextAsync($"http://{Admin}/config_dump", CancellationToken.None) is not { } text)
        {
            return null;
        }

        using var dump = JsonDocument.Parse(text);
        return dump.RootElement.GetProperty("version").GetString();
    }

    public Task VersionChangedAsync(string? before) =>
        Wait.UntilAsync("a new configuration in force", Patience, async () => await VersionAsync() != before, CancellationToken.None);

    /// <summary>Waits until the outbound port answers a host with this text.</summary>
    public async Task AnswersAsync(string host, string text)
    {
        using var client = Client(HttpVersion.Version11);
        await Wait.UntilAsync(
            $"{host} answering in {pod}",
            Patience,
            async () =>
            {
                using var response = await client.GetAsync($"http://{host}/");
                return await response.Content.ReadAsStringAsync() == text;
            },
            CancellationToken.None
        );
    }

    /// <summary>Lines of the access log once the condition holds for them.</summary>
    public async Task<string[]> AccessLogAsync(Func<string[], bool> condition)
    {
        string[] lines = [];
        await Wait.UntilAsync(
            "the expected access-log lines",
            Patience,
            () =>
            {
                lines = File.Exists(AccessLog) ? File.ReadAllLines(AccessLog) : [];
                return Task.FromResult(condition(lines));
            },
            CancellationToken.None
        );
        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
