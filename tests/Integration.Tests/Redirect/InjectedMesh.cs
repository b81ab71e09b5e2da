using System.Text.Json.Nodes;
using Mesh.Cli.Processes;
using Mesh.Injector;
using Mesh.Injector.Deciding;
using Mesh.Injector.Settings;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Injection;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>
/// The same hosts as pods of a cluster: what the injector makes of each pod says which rules its kernel gets and how its sidecar is started, and
/// sidecars have identities. Only paths of mounted files differ.
/// </summary>
public class InjectedMesh : RedirectMesh
{
    public const string GrpcVip = "10.96.44.12";
    public const string MoreVip = "10.96.44.13";
    public const string ReplyingGrpc = "rpc";

    /// <summary>A service whose server counts what it gets until its client has ended, and says so then.</summary>
    public const int Counting = 85;

    /// <summary>A port of a service at which no application listens.</summary>
    public const int Deaf = 86;

    internal const string ClientIdentity = "URI=spiffe://cluster.local/ns/default/sa/client";

    private const string PeerHeader = "x-forwarded-client-cert";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private readonly Dictionary<string, JsonObject> _pods = [];
    private MeshIdentity? _identity;
    private GrpcPeer? _grpc;

    /// <summary>A pod as the injector gives it back.</summary>
    internal JsonObject InjectedPod(string name) =>
        _pods.TryGetValue(name, out var known) ? known : _pods[name] = InjectionOf(name, AddressOf(name), Annotations(name));

    /// <summary>Lines of a pod's annotations beside those of every pod here.</summary>
    protected virtual string Annotations(string pod) => "";

    /// <summary>What the mesh demands of every connection; whoever calls waits for what it means.</summary>
    internal void Demand(string mode) =>
        Write(
            "demand.yaml",
            $$"""
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: { name: default, namespace: istio-system }
            spec: { mtls: { mode: {{mode}} } }
            """
        );

    /// <summary>Mutual TLS only, known at both ends.</summary>
    internal async Task StrictAsync()
    {
        Demand("STRICT");
        await UntilAsync("mutual TLS", NamesPeer);
        await UntilAsync("plain text is refused", () => !IsTaken(8080));
    }

    /// <summary>Whether the server's sidecar named its client to the application, which it does for verified ones.</summary>
    internal static bool NamesPeer(string answer) => answer.Contains(PeerHeader, StringComparison.OrdinalIgnoreCase);

    /// <summary>Until what the client's application is answered by service <c>web</c> is as it should be.</summary>
    internal async Task UntilAsync(string what, Func<string, bool> condition)
    {
        var answer = "";
        try
        {
            await UntilAsync(what, () => condition(answer = Called()));
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}; the last answer was {answer}\n{Tail(ClientLog)}\n{Tail(ServerLog)}", late);
        }
    }

    // Ports of a Sidecar are opened when the configuration comes.
    private string Called()
    {
        try
        {
            return CallWeb();
        }
        catch (InvalidOperationException none)
        {
            return none.Message;
        }
    }

    internal static Task UntilAsync(string what, Func<bool> condition) =>
        Wait.UntilAsync(what, Patience, () => Task.FromResult(condition()), CancellationToken.None);

    /// <summary>The client's application calls service <c>web</c>.</summary>
    protected virtual string CallWeb() => Curl("-H", "Host: web", $"http://{Vip}/");

    /// <summary>curl from the other host past its sidecar, as the kubelet and strangers come.</summary>
    /// <exception cref="InvalidOperationException">There was no answer.</exception>
    internal string Past(int port, string path = "/") =>
        Client.Run([.. Client.CommandAs(ProxyUser, ["curl", "-sS", "-i", "--max-time", "60", $"http://{V1}:{port}{path}"])[3..]]);

    /// <summary>Whether a stranger in plain text is answered.</summary>
    internal bool IsTaken(int port)
    {
        try
        {
            return Past(port).Contains("200", StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string Tail(string log) => string.Join('\n', log.TrimEnd().Split('\n').TakeLast(3));

    /// <summary>A gRPC client in the client's pod, as an ordinary user.</summary>
    internal Task<GrpcPeer> GrpcClientAsync(string target, string? authority = null) =>
        GrpcPeer.PythonClientAsync(command => ["ip", .. Client.CommandAs(OrdinaryUser, command)], target, authority);

    public override async Task DisposeAsync()
    {
        if (_grpc is not null)
        {
            await _grpc.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    protected override char Letter => 'i';

    private MeshIdentity Identity => _identity ??= new MeshIdentity(Root, "24h", "0.0.0.0:15012");

    protected override string[] RulesOf(string pod)
    {
        var arguments = Pods.Arguments(Pods.Container(InjectedPod(pod), "initContainers", "istio-init"));
        Assert.Equal(["redirect", "apply"], arguments[..2]);
        return arguments[2..];
    }

    protected override string Pod(string name, string address, string labels)
    {
        var pod = (JsonObject)InjectedPod(name).DeepClone();
        pod["status"] = new JsonObject { ["phase"] = "Running", ["podIP"] = address };
        return pod.ToJsonString();
    }

    protected override string[] ControlPlaneOptions() => [.. Identity.ControlPlaneArguments, "--secure-ads-names", ClientAddress];

    protected override (string[] Arguments, IReadOnlyDictionary<string, string> Environment) SidecarOf(string pod, string address)
    {
        var container = Pods.Container(InjectedPod(pod), "initContainers", "istio-proxy");
        var account = Harness.Objects.ServiceAccountOf(pod);
        var variables = new Dictionary<string, string>
        {
            ["$(INSTANCE_IP)"] = address,
            ["$(POD_NAME)"] = pod,
            ["$(POD_NAMESPACE)"] = "default",
            ["$(SERVICE_ACCOUNT)"] = account,
        };
        var arguments = Pods.Arguments(container)
            .Select(argument => variables.Aggregate(argument, (text, variable) => text.Replace(variable.Key, variable.Value)))
            .ToArray();
        var mounted = Identity.Join("default", account);
        foreach (var option in new[] { "--mesh-root", "--token" })
        {
            arguments[Array.IndexOf(arguments, option) + 1] = mounted[Array.IndexOf(mounted, option) + 1];
        }

        arguments[Array.IndexOf(arguments, "--cache") + 1] = Path.Combine(Root, $"{pod}.cache");
        var probers = Pods.Variable(container, Pods.ProbersVariable);
        return (
            arguments,
            probers is null ? new Dictionary<string, string>() : new Dictionary<string, string> { [Pods.ProbersVariable] = probers }
        );
    }

    protected override async Task StartMoreAsync()
    {
        // The second answers a health check: it is HealthCheckResponse { status: SERVING } on the wire.
        _grpc = await GrpcPeer.ServeAsync(
            command => ["ip", .. Server.CommandAs(OrdinaryUser, command)],
            (V1, 8085, ReplyingGrpc),
            (V1, 8086, "\b\u0001")
        );
        Own(new CountingServer(Server.Listen(V1, 8087)));
        Own(new TalkingServer(Server.Listen(V2, 8083), "other", greets: false));
        Write(
            "pods.yaml",
            $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: pods, namespace: default }
            spec:
              clusterIP: None
              selector: { app: web }
              ports: [ { name: tcp-first, port: 8082 }, { name: tcp-second, port: 8083 }, { name: http-web, port: 8080 } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: pods-1, namespace: default, labels: { kubernetes.io/service-name: pods } }
            addressType: IPv4
            ports: [ { name: tcp-first, port: 8082 }, { name: tcp-second, port: 8083 }, { name: http-web, port: 8080 } ]
            endpoints:
              - { addresses: [ {{V1}} ], hostname: pods-0, targetRef: { kind: Pod, name: server-1, namespace: default } }
              - { addresses: [ {{V2}} ], targetRef: { kind: Pod, name: server-2, namespace: default } }
            ---
            apiVersion: v1
            kind: Service
            metadata: { name: undeclared-pods, namespace: default }
            spec: { clusterIP: None, ports: [ { port: 8084 } ] }
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: undeclared-1, namespace: default, labels: { kubernetes.io/service-name: undeclared-pods } }
            addressType: IPv4
            ports: [ { port: 8084 } ]
            endpoints: [ { addresses: [ {{V1}} ], targetRef: { kind: Pod, name: server-1, namespace: default } } ]
            ---
            apiVersion: v1
            kind: Service
            metadata: { name: earlier-by-name, namespace: default }
            spec: { clusterIP: None, ports: [ { name: tcp, port: 8083 } ] }
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: earlier-1, namespace: default, labels: { kubernetes.io/service-name: earlier-by-name } }
            addressType: IPv4
            ports: [ { name: tcp, port: 8083 } ]
            endpoints: [ { addresses: [ 10.44.7.7 ] } ]
            """
        );
        Write(
            "rpc.yaml",
            $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: rpc, namespace: default }
            spec:
              clusterIP: {{GrpcVip}}
              selector: { app: web, version: v1 }
              ports: [ { name: grpc, port: 9000, targetPort: 8085 } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: rpc-1, namespace: default, labels: { kubernetes.io/service-name: rpc } }
            addressType: IPv4
            ports: [ { name: grpc, port: 8085 } ]
            endpoints: [ { addresses: [ {{V1}} ], targetRef: { kind: Pod, name: server-1, namespace: default } } ]
            ---
            apiVersion: v1
            kind: Service
            metadata: { name: more, namespace: default }
            spec:
              clusterIP: {{MoreVip}}
              selector: { app: web, version: v1 }
              ports: [ { name: tcp-count, port: {{Counting}}, targetPort: 8087 }, { name: http-deaf, port: {{Deaf}}, targetPort: 8099 } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: more-1, namespace: default, labels: { kubernetes.io/service-name: more } }
            addressType: IPv4
            ports: [ { name: tcp-count, port: 8087 }, { name: http-deaf, port: 8099 } ]
            endpoints: [ { addresses: [ {{V1}} ], targetRef: { kind: Pod, name: server-1, namespace: default } } ]
            """
        );
    }

    private static string AddressOf(string pod) =>
        pod switch
        {
            "client-1" => ClientAddress,
            "server-1" => V1,
            _ => V2,
        };

    private static JsonObject InjectionOf(string name, string address, string annotations)
    {
        var written = Pods.Yaml(
            $$"""
            apiVersion: v1
            kind: Pod
            metadata:
              name: {{name}}
              namespace: default
              labels: { {{(
                name == "client-1" ? "app: client"
                : name == "server-1" ? "app: web, version: v1"
                : "app: web, version: v2"
            )}} }
              annotations:
                sidecar.istio.io/discoveryAddress: "{{ControlPlaneFrom(address)}}:15012"
                # The control plane lives in one of the pods.
                traffic.sidecar.istio.io/excludeInboundPorts: "15012,{{WithoutCapture}}"
            {{annotations}}
            spec:
              serviceAccountName: {{Harness.Objects.ServiceAccountOf(name)}}
              containers:
                - name: web
                  image: registry.example/web:1
                  readinessProbe: { httpGet: { path: /probed, port: 8080 }, timeoutSeconds: 30 }
                  livenessProbe: { grpc: { port: 8086 }, timeoutSeconds: 30 }
                  startupProbe: { tcpSocket: { port: 8082 }, timeoutSeconds: 30 }
                - name: deaf
                  image: registry.example/deaf:1
                  livenessProbe: { tcpSocket: { port: 8099 }, timeoutSeconds: 30 }
            """
        );
        var outcome = new PodInjection(InjectionSettings.Default, Revisions.Default, ServerIsNative: true).Of(
            written,
            "default",
            new Dictionary<string, string> { ["istio-injection"] = "enabled" }
        );
        Assert.True(outcome.IsInjected, string.Join('\n', outcome.Problems));
        return outcome.Pod;
    }
}
