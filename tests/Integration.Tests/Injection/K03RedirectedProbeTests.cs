using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Redirect;

namespace Mesh.Integration.Tests.Injection;

/// <summary>
/// K03 in a pod's network: the rules that the injected init container writes, the probes that the injector wrote, and a kubelet that gets through
/// although not one plaintext connection to the application does.
/// </summary>
public sealed class K03RedirectedProbeTests(InjectionFixture fixture) : IClassFixture<InjectionFixture>
{
    private const string PodAddress = "10.71.3.2";
    private const int ProxyUser = 1337;
    private const int ApplicationUser = 1000;

    [RedirectFact]
    public async Task Probes_reach_an_application_that_nobody_reaches_without_the_mesh()
    {
        var written = Pods.Plain(
            container: """
            livenessProbe:
              httpGet: {path: /missing, port: 8080}
            readinessProbe:
              httpGet: {path: /, port: 8080}
              timeoutSeconds: 20
            startupProbe:
              tcpSocket: {port: 8081}
            lifecycle:
              postStart:
                tcpSocket: {port: 8080}
            """
        );
        var pod = Pods.Patched(written, await fixture.Injector.ReviewAsync(written, "shop"));
        var probers = Pods.Variable(Pods.Container(pod, "initContainers", "istio-proxy"), Pods.ProbersVariable)!;
        var web = Pods.Container(pod, "containers", "web");

        using var directory = new TemporaryDirectory();
        using var kubelet = NetworkNamespace.Create($"mesh{Environment.ProcessId}n");
        using var network = NetworkNamespace.Create($"mesh{Environment.ProcessId}p");
        NetworkNamespace.Join(kubelet, "10.71.3.1/24", network, $"{PodAddress}/24");
        await using var application = Start(
            "application",
            ApplicationUser,
            [],
            Mesh.Tests.Peers.Python,
            "-m",
            "http.server",
            "8080",
            "--bind",
            PodAddress
        );
        await UntilAsync("the application answers", "200", $"http://{PodAddress}:8080/");

        network.Run(["dotnet", MeshBinaries.BesideThis.Proxy, .. Pods.Arguments(Pods.Container(pod, "initContainers", "istio-init"))]);
        await using var proxy = Start(
            "proxy",
            ProxyUser,
            new() { [Pods.ProbersVariable] = probers },
            "dotnet",
            MeshBinaries.BesideThis.Proxy,
            "--node",
            $"sidecar~{PodAddress}~web.shop~shop.svc.cluster.local",
            "--ads",
            "127.0.0.1:1",
            "--capture",
            "redirect"
        );
        await UntilAsync("the proxy answers", "200", PathOf(web["readinessProbe"]!));

        Assert.Equal("404", Status(PathOf(web["livenessProbe"]!)));
        Assert.Equal("200", Status(PathOf(web["lifecycle"]!["postStart"]!)));
        // Redirected, the port would seem open: nobody listens on 8081.
        Assert.Equal("500", Status(PathOf(web["startupProbe"]!)));
        // What comes from outside ends at the proxy, which has no configuration and lets nothing through.
        Assert.Equal("503", Status($"http://{PodAddress}:8080/"));

        ChildProcess Start(string name, int user, Dictionary<string, string> environment, params string[] command) =>
            ChildProcess.Start(name, "ip", network.CommandAs(user, command), Path.Combine(directory.Path, name), environment);

        string PathOf(System.Text.Json.Nodes.JsonNode probe) =>
            $"http://{PodAddress}:{(int)probe["httpGet"]!["port"]!}{(string)probe["httpGet"]!["path"]!}";

        // curl's exit code tells of connections that end without an answer; what it prints then is 000.
        string Status(string url) => kubelet.Run("sh", "-c", $"curl -s -m 10 -o /dev/null -w '%{{http_code}}' {url} || true");

        Task UntilAsync(string what, string status, string url) =>
            Wait.UntilAsync(what, TimeSpan.FromSeconds(60), () => Task.FromResult(Status(url) == status), default);
    }
}
