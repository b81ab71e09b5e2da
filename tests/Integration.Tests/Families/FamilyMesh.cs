using System.Text.Json.Nodes;
using Mesh.Cli.Processes;
using Mesh.Injector;
using Mesh.Injector.Deciding;
using Mesh.Injector.Settings;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Hostile;
using Mesh.Integration.Tests.Injection;
using Mesh.Integration.Tests.Pairs;
using Mesh.Integration.Tests.Redirect;

namespace Mesh.Integration.Tests.Families;

/// <summary>
/// A node with the control plane, and two pods beyond its bridge that the injector has made, whose network has some families of addresses and not
/// others. The node is also what the kubelet and strangers are: it has no certificate.
/// </summary>
public abstract class FamilyMesh : IAsyncLifetime
{
    public const int Unknown = 9999;
    public const int Greeting = 82;

    internal const string ClientIdentity = "URI=spiffe://cluster.local/ns/default/sa/client";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _directory = Directory.CreateTempSubdirectory("mesh-test-").FullName;
    private readonly Dictionary<string, JsonObject> _pods = [];
    private readonly List<ChildProcess> _processes = [];
    private readonly List<IDisposable> _servers = [];
    private readonly List<IAsyncDisposable> _peers = [];
    private readonly List<NetworkNamespace> _hosts = [];
    private MeshIdentity? _identity;

    /// <summary>What the pods' network has; the first is that of a pod's own address.</summary>
    internal abstract AddressFamilyPlan[] Families { get; }

    /// <summary>Tells the namespaces of meshes that exist at the same time apart.</summary>
    protected abstract char Letter { get; }

    internal NetworkNamespace Node => _hosts[0];

    internal NetworkNamespace Client => _hosts[1];

    internal NetworkNamespace Server => _hosts[2];

    internal string ServerLog => File.ReadAllText(Path.Combine(_directory, "server.access.log"));

    internal string ClientLog => File.ReadAllText(Path.Combine(_directory, "client.access.log"));

    /// <summary>What a pod of the mesh is, as the injector gives it back.</summary>
    internal JsonObject InjectedPod(string name) => _pods[name];

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

    public async Task DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }

        foreach (var peer in _peers)
        {
            await peer.DisposeAsync();
        }

        _servers.ForEach(server => server.Dispose());
        _hosts.ForEach(host => host.Dispose());
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>curl as an ordinary user of a host: the status, the headers and the body, or what curl says.</summary>
    internal static string Curl(NetworkNamespace host, params string[] arguments)
    {
        try
        {
            string[] command = ["curl", "-sS", "-i", "--noproxy", "*", "--max-time", "60", .. arguments];
            return host.Run([.. host.CommandAs(RedirectMesh.OrdinaryUser, command)[3..]]);
        }
        catch (InvalidOperationException none)
        {
            return none.Message;
        }
    }

    /// <summary>Puts a file of configuration in place as a rename does, so that no half file is ever read.</summary>
    internal void Write(string name, string yaml)
    {
        var temporary = Path.Combine(_directory, name);
        File.WriteAllText(temporary, yaml);
        File.Move(temporary, Path.Combine(_directory, "config", name), overwrite: true);
    }

    internal Task UntilAsync(string what, Func<bool> condition) =>
        Wait.UntilAsync(
            what,
            Patience,
            () =>
            {
                foreach (var process in _processes.Where(p => p.HasExited))
                {
                    throw new InvalidOperationException($"{process.Name} ended with code {process.ExitCode}:\n{process.Tail(40)}");
                }

                return Task.FromResult(condition());
            },
            CancellationToken.None
        );

    internal void CheckSound() => _processes.ForEach(process => process.CheckSound("traffic between pods"));

    /// <summary>Whatever is to hold in a host before a pod's network is set up.</summary>
    internal virtual void Prepare(NetworkNamespace host) { }

    private async Task StartAsync()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "config"));
        foreach (var name in new[] { "n", "c", "s" })
        {
            _hosts.Add(NetworkNamespace.Create($"mesh{Environment.ProcessId}{Letter}{name}"));
            Prepare(_hosts[^1]);
        }

        // Another user writes logs here and reads the programs.
        Node.Run("chmod", "777", _directory);
        Connect();
        foreach (var (name, host) in new[] { ("client-1", Client), ("server-1", Server) })
        {
            _pods[name] = InjectionOf(name);
            var arguments = Pods.Arguments(Pods.Container(_pods[name], "initContainers", "istio-init"));
            host.Run(["dotnet", MeshBinaries.BesideThis.Proxy, .. arguments]);
        }

        await ServeAsync();
        Write("mesh.yaml", FamilyObjects.Of(Families, _pods));
        _identity = new MeshIdentity(_directory, "24h", "*:15012");
        Start(
            "controlplane",
            Node,
            MeshBinaries.BesideThis.ControlPlane,
            [
                "--config",
                Path.Combine(_directory, "config"),
                "--ads",
                "*:15010",
                "--monitoring",
                "*:15014",
                .. _identity.ControlPlaneArguments,
                "--secure-ads-names",
                Families[0].Node,
            ]
        );
        StartSidecar("client", Client);
        StartSidecar("server", Server);
        foreach (var pod in Families[0].Pods)
        {
            await UntilAsync($"{pod} is ready", () => Curl(Node, $"http://{Families[0].Url(pod)}:15021/healthz/ready").Contains(" 200 "));
        }
    }

    // As a bridge plug-in does it; veth names are known in their own namespaces only.
    private void Connect()
    {
        Node.Run("ip", "link", "add", "cbr0", "type", "bridge");
        Node.Run("ip", "link", "set", "cbr0", "up");
        foreach (var (pod, index) in new[] { (Client, 0), (Server, 1) })
        {
            Node.Run("ip", "link", "add", $"veth{index}", "type", "veth", "peer", "name", "eth0", "netns", pod.Name);
            Node.Run("ip", "link", "set", $"veth{index}", "master", "cbr0", "up");
            pod.Run("ip", "link", "set", "eth0", "up");
        }

        foreach (var family in Families)
        {
            string[] noWaiting = family.IsIpv6 ? ["nodad"] : [];
            Node.Run(["ip", "addr", "add", $"{family.Node}/{family.Length}", "dev", "cbr0", .. noWaiting]);
            foreach (var (pod, address) in new[] { (Client, family.Client), (Server, family.Server) })
            {
                pod.Run(["ip", "addr", "add", $"{address}/{family.Length}", "dev", "eth0", .. noWaiting]);
                pod.Run("ip", family.IsIpv6 ? "-6" : "-4", "route", "add", "default", "via", family.Node);
            }
        }
    }

    // Applications listen at their pod's addresses only, so that nothing but the original destination finds them.
    private async Task ServeAsync()
    {
        foreach (var family in Families)
        {
            _peers.Add(
                await PairUpstream.StartAsync(
                    family.Server,
                    Server.ListenHandle(family.Server, 8080),
                    Server.ListenHandle(family.Server, 8081)
                )
            );
            _servers.Add(new TalkingServer(Server.Listen(family.Server, 8082), "first", greets: true));
            _servers.Add(new TalkingServer(Node.Listen(family.Node, Unknown), "stranger", greets: false));
        }

        _peers.Add(
            await GrpcPeer.ServeAsync(
                command => ["ip", .. Server.CommandAs(RedirectMesh.OrdinaryUser, command)],
                (Families[0].Url(Families[0].Server), 8086, "\b\u0001")
            )
        );
    }

    private void StartSidecar(string name, NetworkNamespace host)
    {
        var container = Pods.Container(_pods[$"{name}-1"], "initContainers", "istio-proxy");
        var mounted = _identity!.Join("default", name);
        var arguments = Pods.Arguments(container)
            .Select(argument =>
                argument
                    .Replace("$(INSTANCE_IP)", Families[0].Pods[host == Client ? 0 : 1])
                    .Replace("$(POD_NAME)", $"{name}-1")
                    .Replace("$(POD_NAMESPACE)", "default")
                    .Replace("$(SERVICE_ACCOUNT)", name)
            )
            .ToList();
        foreach (var option in new[] { "--mesh-root", "--token" })
        {
            arguments[arguments.IndexOf(option) + 1] = mounted[Array.IndexOf(mounted, option) + 1];
        }

        arguments[arguments.IndexOf("--cache") + 1] = Path.Combine(_directory, $"{name}.cache");
        arguments.AddRange(["--access-log", Path.Combine(_directory, $"{name}.access.log")]);
        Start(name, host, MeshBinaries.BesideThis.Proxy, arguments, Pods.Variable(container, Pods.ProbersVariable));
    }

    private void Start(string name, NetworkNamespace host, string program, IEnumerable<string> arguments, string? probers = null) =>
        _processes.Add(
            ChildProcess.Start(
                name,
                "ip",
                host.CommandAs(RedirectMesh.ProxyUser, ["dotnet", program, .. arguments]),
                Path.Combine(_directory, $"{name}.log"),
                probers is null ? null : new Dictionary<string, string> { [Pods.ProbersVariable] = probers }
            )
        );

    private JsonObject InjectionOf(string name)
    {
        var outcome = new PodInjection(InjectionSettings.Default, Revisions.Default, ServerIsNative: true).Of(
            FamilyObjects.Pod(name, $"{Families[0].Url(Families[0].Node)}:15012"),
            "default",
            new Dictionary<string, string> { ["istio-injection"] = "enabled" }
        );
        Assert.True(outcome.IsInjected, string.Join('\n', outcome.Problems));
        return outcome.Pod;
    }
}
