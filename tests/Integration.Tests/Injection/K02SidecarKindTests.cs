using System.Diagnostics;
using System.Net;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Redirect;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Injection;

/// <summary>K02: native sidecars where the cluster has them; otherwise the application waits, the sidecar outlives it, and jobs finish.</summary>
public sealed class K02SidecarKindTests
{
    [Fact]
    public async Task A_cluster_that_knows_native_sidecars_gets_them()
    {
        await using var injector = await InjectorProcess.StartAsync(minorVersion: 29);
        var pod = Pods.Plain(spec: "initContainers:\n  - {name: migrate, image: registry.example/migrate:1}");
        var patched = Pods.Patched(pod, await injector.ReviewAsync(pod, "shop"));

        Assert.Equal(["istio-init", "istio-proxy", "migrate"], Pods.NamesOf(patched, "initContainers"));
        var proxy = Pods.Container(patched, "initContainers", "istio-proxy");
        Assert.Equal("Always", (string?)proxy["restartPolicy"]);
        Assert.NotNull(proxy["startupProbe"]);
        Assert.Null(proxy["lifecycle"]);
    }

    [Fact]
    public async Task An_older_cluster_gets_a_container_that_the_application_waits_for()
    {
        await using var injector = await InjectorProcess.StartAsync(minorVersion: 28);
        var pod = Pods.Plain(spec: "restartPolicy: Never\ninitContainers:\n  - {name: migrate, image: registry.example/migrate:1}");
        var patched = Pods.Patched(pod, await injector.ReviewAsync(pod, "shop"));

        Assert.Equal(["migrate", "istio-init"], Pods.NamesOf(patched, "initContainers"));
        Assert.Equal(["istio-proxy", "web"], Pods.NamesOf(patched, "containers"));
        var proxy = Pods.Container(patched, "containers", "istio-proxy");
        Assert.Null(proxy["restartPolicy"]);
        Assert.Contains("ready", proxy["lifecycle"]!["postStart"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("applications", proxy["lifecycle"]!["preStop"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("--exit-with-application", Pods.Arguments(proxy));
        Assert.Empty(Pods.Patch(await injector.ReviewAsync(patched, "shop")));
    }

    [Fact]
    public async Task An_injector_that_ends_answers_until_it_is_asked_no_more()
    {
        await using var injector = await InjectorProcess.StartAsync(minorVersion: 32, drainTime: "6s");
        var stopping = injector.StopAsync();
        await injector.UntilAsync("it says that it ends", async () => !await injector.IsReadyAsync());

        var pod = Pods.Plain();
        Assert.Equal(
            ["istio-init", "istio-proxy"],
            Pods.NamesOf(Pods.Patched(pod, await injector.ReviewAsync(pod, "shop")), "initContainers")
        );
        Assert.False(stopping.IsCompleted);
        await stopping;
    }

    [Fact]
    public async Task The_hook_that_holds_the_application_ends_when_the_proxy_is_ready()
    {
        var port = FreePort.On(IPAddress.Loopback);
        var waiting = MeshProgram.RunAsync(MeshBinaries.BesideThis.Proxy, null, "wait", "--for", "ready", "--ready", $"127.0.0.1:{port}");
        using var ready = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        ready.Start();
        foreach (var status in new[] { 503, 503, 200 })
        {
            var asked = await ready.GetContextAsync();
            Assert.Equal("/healthz/ready", asked.Request.Url!.AbsolutePath);
            Assert.False(waiting.IsCompleted);
            asked.Response.StatusCode = status;
            asked.Response.Close();
        }

        Assert.Equal(0, (await waiting).ExitCode);
    }

    [Fact]
    public async Task A_proxy_that_never_gets_ready_fails_the_hook()
    {
        var port = FreePort.On(IPAddress.Loopback);
        var result = await MeshProgram.RunAsync(
            MeshBinaries.BesideThis.Proxy,
            null,
            "wait",
            "--for",
            "ready",
            "--ready",
            $"127.0.0.1:{port}",
            "--timeout",
            "500ms"
        );
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("is not ready", result.Error, StringComparison.Ordinal);
    }

    [RedirectFact("program:python3")]
    public async Task The_hook_that_keeps_the_proxy_ends_when_no_application_listens_any_more()
    {
        using var pod = NetworkNamespace.Create($"mesh{Environment.ProcessId}k");
        using var application = pod.Listen("127.0.0.1", 8080);
        // A proxy that is the same user as the application, which its connections are not taken for.
        using var proxy = Process.Start(
            new ProcessStartInfo(
                "ip",
                [
                    "netns",
                    "exec",
                    pod.Name,
                    Peers.FindProgram("python3")!,
                    "-c",
                    "import socket, sys; s = socket.create_server(('127.0.0.1', 15006)); c = socket.create_connection(('127.0.0.1', 15006)); "
                        + "print('up', flush=True); sys.stdin.read()",
                ]
            )
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        Assert.Equal("up", await proxy.StandardOutput.ReadLineAsync());
        using var hook = Process.Start(
            new ProcessStartInfo(
                "ip",
                ["netns", "exec", pod.Name, "dotnet", MeshBinaries.BesideThis.Proxy, "wait", "--for", "applications"]
            )
        )!;
        // Long enough for a hook that does not wait to be caught at it, as it starts in a fraction of that.
        using var first = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hook.WaitForExitAsync(first.Token));

        application.Dispose();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await hook.WaitForExitAsync(limit.Token);
        Assert.Equal(0, hook.ExitCode);
        proxy.StandardInput.Close();
        await proxy.WaitForExitAsync(limit.Token);
    }

    [RedirectFact]
    public async Task Beside_a_job_the_proxy_ends_when_the_job_has()
    {
        using var directory = new TemporaryDirectory();
        var done = Path.Combine(directory.Path, "done");
        var command =
            $"setpriv --reuid 1337 --regid 1337 --clear-groups dotnet {MeshBinaries.BesideThis.Proxy} --node sidecar~127.0.0.1~a.b~b.svc.cluster.local "
            + "--ads 127.0.0.1:1 --outbound 127.0.0.1:0 --admin 127.0.0.1:0 --ready 127.0.0.1:0 --metrics 127.0.0.1:0 --merged 127.0.0.1:0 "
            + $"--exit-with-application true & proxy=$!; (until [ -e {done} ]; do sleep 0.1; done) & wait $proxy";
        // The shell is the first process of the namespace, as the pause container is of a pod's.
        using var pod = Process.Start(new ProcessStartInfo("unshare", ["--pid", "--fork", "--mount-proc", "sh", "-c", command]))!;
        using var first = new CancellationTokenSource(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pod.WaitForExitAsync(first.Token));

        directory.Write("done", "");

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await pod.WaitForExitAsync(limit.Token);
        Assert.Equal(0, pod.ExitCode);
    }
}
