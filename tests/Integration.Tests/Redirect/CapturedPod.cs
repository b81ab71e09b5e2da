using System.Net;
using Mesh.Cli.Processes;
using Mesh.Injector;
using Mesh.Injector.Deciding;
using Mesh.Injector.Settings;
using Mesh.Integration.Tests.Injection;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>
/// A pod whose kernel has the rules that the injector wants for its annotations, with servers that say their names where the proxy's two ports
/// would be, and the world at the other end of the cable: who answers tells where the kernel has sent a connection.
/// </summary>
internal sealed class CapturedPod : IDisposable
{
    public const string PodIpv4 = "10.178.44.1";
    public const string PodIpv6 = "fd78:44::1";

    /// <summary>What answers.</summary>
    public const string Outbound = "outbound";

    /// <inheritdoc cref="Outbound"/>
    public const string Inbound = "inbound";

    /// <inheritdoc cref="Outbound"/>
    public const string World = "world";

    /// <inheritdoc cref="Outbound"/>
    public const string Application = "application";

    private static readonly int[] WorldPorts = [53, 80, 5432, 7000, 7003, 7006];
    private static readonly int[] ApplicationPorts = [8080, 8081, 9090, 9095, 9096, 15020, 15021, 15090];
    private static int s_count;

    private readonly List<IDisposable> _servers = [];

    private CapturedPod(NetworkNamespace pod, NetworkNamespace world) => (Pod, Others) = (pod, world);

    public NetworkNamespace Pod { get; }

    public NetworkNamespace Others { get; }

    /// <summary>By family, two addresses of the world.</summary>
    public static (string First, string Second)[] Worlds { get; } = [("10.178.44.2", "10.178.44.3"), ("fd78:44::2", "fd78:44::3")];

    /// <param name="annotations">Name behind <c>traffic.sidecar.istio.io/</c>, and value; the pod's interface is <c>CABLE</c> in it.</param>
    public static CapturedPod Start(params (string Name, string Value)[] annotations)
    {
        var stem = $"mesh{Environment.ProcessId}k{Interlocked.Increment(ref s_count)}";
        var pod = NetworkNamespace.Create(stem + "p");
        var captured = new CapturedPod(pod, NetworkNamespace.Create(stem + "w"));
        try
        {
            captured.Connect();
            captured.Listen();
            captured.Redirect("apply", annotations);
            return captured;
        }
        catch
        {
            captured.Dispose();
            throw;
        }
    }

    /// <summary>Runs the proxy's command with what the injector generates.</summary>
    public void Redirect(string verb, params (string Name, string Value)[] annotations)
    {
        var written = Pods.Plain(
            metadata: "annotations:\n"
                + string.Concat(
                    annotations.Select(a => $"  traffic.sidecar.istio.io/{a.Name}: \"{a.Value.Replace("CABLE", Pod.Interface)}\"\n")
                )
        );
        var outcome = new PodInjection(InjectionSettings.Default, Revisions.Default, ServerIsNative: true).Of(
            written,
            "shop",
            new Dictionary<string, string> { ["istio-injection"] = "enabled" }
        );
        Assert.True(outcome.IsInjected, string.Join('\n', outcome.Problems));
        var arguments = Pods.Arguments(Pods.Container(outcome.Pod, "initContainers", "istio-init"));
        Assert.Equal(["redirect", "apply"], arguments[..2]);
        Pod.Run(["dotnet", MeshBinaries.BesideThis.Proxy, "redirect", verb, .. arguments[2..]]);
    }

    /// <summary>Who answers a user of the pod.</summary>
    public string Out(string address, int port, int user = RedirectMesh.OrdinaryUser, int? group = null) =>
        Ask(Pod, address, port, user, group ?? user);

    /// <summary>Who answers the world.</summary>
    public string In(string address, int port) => Ask(Others, address, port, RedirectMesh.OrdinaryUser, RedirectMesh.OrdinaryUser);

    public void Dispose()
    {
        _servers.ForEach(server => server.Dispose());
        Pod.Dispose();
        Others.Dispose();
    }

    private static string Ask(NetworkNamespace from, string address, int port, int user, int group) =>
        from.Run([
            .. from.CommandAs(
                user,
                group,
                mayRedirect: false,
                ["curl", "-sS", "--noproxy", "*", "--max-time", "60", $"http://{Bracketed(address)}:{port}/"]
            )[3..],
        ]);

    private static string Bracketed(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;

    private void Connect()
    {
        NetworkNamespace.Join(
            Pod,
            $"{PodIpv4}/24",
            Others,
            [.. Worlds.Take(1).SelectMany(w => new[] { $"{w.First}/24", $"{w.Second}/24" })]
        );
        Pod.Run("ip", "addr", "add", $"{PodIpv6}/64", "dev", Pod.Interface, "nodad");
        foreach (var address in new[] { Worlds[1].First, Worlds[1].Second })
        {
            Others.Run("ip", "addr", "add", $"{address}/64", "dev", Others.Interface, "nodad");
        }
    }

    private void Listen()
    {
        foreach (var any in new[] { IPAddress.Any, IPAddress.IPv6Any })
        {
            Serve(Pod, any, 15001, Outbound);
            Serve(Pod, any, 15006, Inbound);
            Array.ForEach(ApplicationPorts, port => Serve(Pod, any, port, Application));
            Array.ForEach(WorldPorts, port => Serve(Others, any, port, World));
        }
    }

    private void Serve(NetworkNamespace host, IPAddress address, int port, string name) =>
        _servers.Add(new TalkingServer(host.Listen(address.ToString(), port), name, greets: false));
}
