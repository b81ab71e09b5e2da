using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Hostile;
using Mesh.Integration.Tests.Pairs;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>
/// Two hosts with a sidecar each that the kernel redirects to, and a cable between them. The client's host also has the control plane; the
/// server's has two addresses for the pods v1 and v2 of service <c>web</c>, and one that the mesh knows nothing of.
/// </summary>
public class RedirectMesh : IAsyncLifetime
{
    public const string Vip = "10.96.44.10";
    public const string OtherVip = "10.96.44.11";
    public const string Unknown = "10.177.44.9";
    public const string UnknownIpv6 = "fd77:44::9";
    public const int WithoutCapture = 7777;
    public const int ServerFirst = 82;
    public const int ClientFirst = 83;
    public const int Undeclared = 84;

    public const string ClientAddress = "10.177.44.1";
    public const string ClientIpv6 = "fd77:44::1";
    public const string V1 = "10.177.44.2";
    public const string V2 = "10.177.44.3";
    public const int ProxyUser = 1337;
    public const int OrdinaryUser = 65534;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly string _directory = Directory.CreateTempSubdirectory("mesh-test-").FullName;
    private readonly List<ChildProcess> _processes = [];
    private readonly List<IDisposable> _servers = [];
    private readonly List<PairUpstream> _applications = [];
    private NetworkNamespace? _client;
    private NetworkNamespace? _server;

    internal NetworkNamespace Client => _client!;

    internal NetworkNamespace Server => _server!;

    internal string ClientLog => File.ReadAllText(Path.Combine(_directory, "client.access.log"));

    internal string ServerLog => File.ReadAllText(Path.Combine(_directory, "server.access.log"));

    /// <summary>Where configuration, logs and whatever the processes share are.</summary>
    internal string Root => _directory;

    private string Config => Path.Combine(_directory, "config");

    public async Task InitializeAsync()
    {
        if (RedirectFactAttribute.WhyImpossible is not null)
        {
            return;
        }

        try
        {
            await StartAsync();
        }
        catch
        {
            // xunit does not dispose what did not initialize; namespaces would outlive the run.
            await DisposeAsync();
            throw;
        }
    }

    public virtual async Task DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }

        foreach (var application in _applications)
        {
            await application.DisposeAsync();
        }

        _servers.ForEach(server => server.Dispose());
        _client?.Dispose();
        _server?.Dispose();
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    /// <summary>curl as an ordinary user of the client's host: the status, the headers and the body.</summary>
    internal string Curl(params string[] arguments) =>
        Client.Run([.. Client.CommandAs(OrdinaryUser, ["curl", "-sS", "-i", "--max-time", "60", .. arguments])[3..]]);

    /// <summary>Puts a file of configuration in place as a rename does, so that no half file is ever read.</summary>
    internal void Write(string name, string yaml)
    {
        var temporary = Path.Combine(_directory, name);
        File.WriteAllText(temporary, yaml);
        File.Move(temporary, Path.Combine(Config, name), overwrite: true);
    }

    /// <summary>Ends a server with the mesh.</summary>
    internal void Own(IDisposable server) => _servers.Add(server);

    internal void CheckSound()
    {
        foreach (var process in _processes)
        {
            process.CheckSound("redirected traffic");
        }
    }

    /// <summary>Ends a sidecar as a crash would.</summary>
    internal async Task KillAsync(NetworkNamespace host)
    {
        var process = _processes.Single(process => process.Name == NameOf(host));
        _processes.Remove(process);
        process.Kill();
        await process.DisposeAsync();
    }

    /// <summary>Starts a sidecar again that was killed.</summary>
    internal async Task RestartAsync(NetworkNamespace host)
    {
        StartSidecar(NameOf(host), host, host == _client ? ClientAddress : V1);
        await ReadyAsync(host, 15021, "/healthz/ready");
    }

    private string NameOf(NetworkNamespace host) => host == _client ? "client" : "server";

    private async Task StartAsync()
    {
        _client = NetworkNamespace.Create($"mesh{Environment.ProcessId}{Letter}c");
        _server = NetworkNamespace.Create($"mesh{Environment.ProcessId}{Letter}s");
        NetworkNamespace.Join(_client, $"{ClientAddress}/24", _server, $"{V1}/24", $"{V2}/24", $"{Unknown}/24");
        _client.Run("ip", "addr", "add", $"{ClientIpv6}/64", "dev", _client.Interface, "nodad");
        _server.Run("ip", "addr", "add", $"{UnknownIpv6}/64", "dev", _server.Interface, "nodad");
        // VIPs are routed somewhere before they are redirected, as through a node's default route.
        _client.Run("ip", "route", "add", "default", "via", V1);
        _server.Run("ip", "route", "add", "default", "via", ClientAddress);
        foreach (var host in new[] { _client, _server }.Where(host => Captures(PodOf(host))))
        {
            // Twice: applying what is applied changes nothing.
            Redirect(host, "apply");
            Redirect(host, "apply");
        }

        // Another user writes logs here and reads the programs.
        _client.Run("chmod", "777", _directory);
        Directory.CreateDirectory(Config);
        await StartApplicationsAsync();
        await StartMoreAsync();
        await StartMeshAsync();
    }

    /// <summary>How incoming connections are captured.</summary>
    protected virtual string Mode => "redirect";

    /// <summary>Tells the namespaces of meshes that exist at the same time apart.</summary>
    protected virtual char Letter => Mode[0];

    /// <summary>Whether the pod's kernel has rules.</summary>
    protected virtual bool Captures(string pod) => true;

    /// <summary>What the host's rules are to be, behind <c>proxy redirect apply</c>.</summary>
    protected virtual string[] RulesOf(string pod) =>
        ["--mode", Mode, "--exempt-uid", $"{ProxyUser}", "--exclude-inbound-ports", $"15010,{WithoutCapture}"];

    /// <summary>A pod as the control plane reads it.</summary>
    protected virtual string Pod(string name, string address, string labels) => Harness.Objects.Pod(name, "default", address, labels);

    /// <summary>Options of the control plane beside those of every mesh here.</summary>
    protected virtual string[] ControlPlaneOptions() => [];

    /// <summary>Applications and objects beside those of every mesh here.</summary>
    protected virtual Task StartMoreAsync() => Task.CompletedTask;

    /// <summary>The command line and the environment of a pod's sidecar.</summary>
    protected virtual (string[] Arguments, IReadOnlyDictionary<string, string> Environment) SidecarOf(string pod, string address) =>
        (
            [
                "--node",
                $"sidecar~{address}~{pod}.default~default.svc.cluster.local",
                "--ads",
                $"{ControlPlaneFrom(address)}:15010",
                "--capture",
                Mode,
            ],
            new Dictionary<string, string>()
        );

    // What a sidecar sends to its own host's address is captured like anybody's.
    protected static string ControlPlaneFrom(string address) => address == ClientAddress ? "127.0.0.1" : ClientAddress;

    internal string Redirect(NetworkNamespace host, string verb) =>
        host.Run(["dotnet", MeshBinaries.BesideThis.Proxy, "redirect", verb, .. RulesOf(PodOf(host))]);

    private string PodOf(NetworkNamespace host) => host == _client ? "client-1" : "server-1";

    private async Task StartApplicationsAsync()
    {
        foreach (var (address, version) in new[] { (V1, "v1"), (V2, "v2") })
        {
            _applications.Add(
                await PairUpstream.StartAsync(version, _server!.ListenHandle(address, 8080), _server.ListenHandle(address, 8081))
            );
        }

        _servers.Add(new TalkingServer(_server!.Listen(V1, 8082), "first", greets: true));
        _servers.Add(new TalkingServer(_server.Listen(V1, 8083), "second", greets: false));
        _servers.Add(new TalkingServer(_server.Listen(V1, 8084), "sniffed", greets: false));
        _servers.Add(new TalkingServer(_server.Listen(Unknown, 9999), "stranger", greets: true));
        _servers.Add(new TalkingServer(_server.Listen(UnknownIpv6, 9999), "stranger", greets: false));
        _servers.Add(new TalkingServer(_server.Listen(V1, WithoutCapture), "uncaptured", greets: false));
        _servers.Add(new TalkingServer(_server.Listen(Unknown, 80), "outsider", greets: false));
    }

    private async Task StartMeshAsync()
    {
        Write("mesh.yaml", Objects);
        Start(
            "controlplane",
            "ip",
            _client!.CommandAs(
                ProxyUser,
                [
                    "dotnet",
                    MeshBinaries.BesideThis.ControlPlane,
                    "--config",
                    Config,
                    "--ads",
                    "0.0.0.0:15010",
                    "--monitoring",
                    "127.0.0.1:15014",
                    .. ControlPlaneOptions(),
                ]
            )
        );
        await ReadyAsync(_client, 15014, "/ready");
        StartSidecar("client", _client, ClientAddress);
        StartSidecar("server", _server!, V1);
        await ReadyAsync(_client, 15021, "/healthz/ready");
        await ReadyAsync(_server!, 15021, "/healthz/ready");
    }

    private void StartSidecar(string name, NetworkNamespace host, string address)
    {
        var (arguments, environment) = SidecarOf($"{name}-1", address);
        Start(
            name,
            "ip",
            host.CommandAs(
                ProxyUser,
                ProxyUser,
                mayRedirect: Mode == "tproxy",
                [
                    "dotnet",
                    MeshBinaries.BesideThis.Proxy,
                    .. arguments,
                    // Waiting for ever for the first bytes shows where they are waited for.
                    "--protocol-detection-timeout",
                    "0s",
                    "--access-log",
                    Path.Combine(_directory, $"{name}.access.log"),
                ]
            ),
            environment
        );
    }

    private void Start(string name, string program, string[] arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        _processes.Add(ChildProcess.Start(name, program, arguments, Path.Combine(_directory, $"{name}.log"), environment));

    private async Task ReadyAsync(NetworkNamespace host, int port, string path)
    {
        await Wait.UntilAsync(
            $"{host.Name} port {port} is ready",
            StartLimit,
            async () =>
            {
                foreach (var process in _processes.Where(p => p.HasExited))
                {
                    throw new InvalidOperationException($"{process.Name} ended with code {process.ExitCode}:\n{process.Tail(40)}");
                }

                try
                {
                    using var connection = await host.ConnectAsync("127.0.0.1", port);
                    await connection.SendAsync($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                    return (await connection.ReadResponseAsync()).Status == 200;
                }
                catch (System.Net.Sockets.SocketException)
                {
                    return false;
                }
            },
            CancellationToken.None
        );
    }

    private string Objects =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: web, namespace: default }
            spec:
              clusterIP: {{Vip}}
              selector: { app: web }
              ports:
                - { name: http, port: 80, targetPort: 8080 }
                - { name: http2, port: 81, targetPort: 8081 }
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: web-1, namespace: default, labels: { kubernetes.io/service-name: web } }
            addressType: IPv4
            ports: [ { name: http, port: 8080 }, { name: http2, port: 8081 } ]
            endpoints:
              - { addresses: [ {{V1}} ], targetRef: { kind: Pod, name: server-1, namespace: default } }
              - { addresses: [ {{V2}} ], targetRef: { kind: Pod, name: server-2, namespace: default } }
            ---
            apiVersion: v1
            kind: Service
            metadata: { name: talk, namespace: default }
            spec:
              clusterIP: {{OtherVip}}
              selector: { app: web, version: v1 }
              ports:
                - { name: tcp-first, port: {{ServerFirst}}, targetPort: 8082 }
                - { name: tcp-second, port: {{ClientFirst}}, targetPort: 8083 }
                - { name: anything, port: {{Undeclared}}, targetPort: 8084 }
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: talk-1, namespace: default, labels: { kubernetes.io/service-name: talk } }
            addressType: IPv4
            ports: [ { name: tcp-first, port: 8082 }, { name: tcp-second, port: 8083 }, { name: anything, port: 8084 } ]
            endpoints: [ { addresses: [ {{V1}} ], targetRef: { kind: Pod, name: server-1, namespace: default } } ]
            ---
            {{Pod("server-1", V1, "app: web, version: v1")}}
            ---
            {{Pod("server-2", V2, "app: web, version: v2")}}
            ---
            {{Pod("client-1", ClientAddress, "app: client")}}
            ---
            {{Harness.Objects.Subsets("web", "default", "v1", "v2")}}
            ---
            {{Harness.Objects.VirtualService(
                "web",
                "default",
                "web",
                """
                    - match: [ { headers: { x-user: { exact: second } } } ]
                      route: [ { destination: { host: web, subset: v2 } } ]
                    - match: [ { uri: { prefix: /split } } ]
                      route:
                        - { destination: { host: web, subset: v1 }, weight: 50 }
                        - { destination: { host: web, subset: v2 }, weight: 50 }
                    - headers: { response: { set: { x-by: rule } } }
                      route: [ { destination: { host: web, subset: v1 } } ]

                """
            )}}
            """;
}
