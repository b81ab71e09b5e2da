using System.Diagnostics;
using System.Net;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Hostile;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>The programs as a container may run them: a user that nobody knows, without a home, without capabilities, with nothing to gain.</summary>
public sealed class BareProcessTests
{
    private const int Nobody = 47913;

    [RootFact("program:setpriv")]
    public async Task Control_plane_and_sidecar_talk_TLS_without_a_home_and_without_capabilities()
    {
        using var directory = new TemporaryDirectory();
        using (var open = Process.Start("chmod", ["777", directory.Path]))
        {
            await open.WaitForExitAsync();
        }

        Directory.CreateDirectory(Path.Combine(directory.Path, "config"));
        directory.Write("config/web.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: { name: default }\n");
        var identity = new MeshIdentity(directory.Path, "24h");
        var ready = FreePort.On(IPAddress.Loopback);
        await using var controlPlane = Start(
            directory,
            "controlplane",
            MeshBinaries.BesideThis.ControlPlane,
            [
                "--config",
                Path.Combine(directory.Path, "config"),
                "--ads",
                "127.0.0.1:0",
                "--monitoring",
                "127.0.0.1:0",
                .. identity.ControlPlaneArguments,
            ]
        );
        await Wait.UntilAsync(
            "there is an authority",
            TimeSpan.FromSeconds(60),
            () =>
                Task.FromResult(
                    controlPlane.HasExited ? throw new InvalidOperationException(controlPlane.Tail()) : File.Exists(identity.Roots)
                ),
            default
        );
        await using var sidecar = Start(
            directory,
            "sidecar",
            MeshBinaries.BesideThis.Proxy,
            [
                "--node",
                "sidecar~127.0.0.1~bare-1.default~default.svc.cluster.local",
                "--outbound",
                "127.0.0.1:0",
                "--admin",
                "127.0.0.1:0",
                "--metrics",
                "127.0.0.1:0",
                "--merged",
                "127.0.0.1:0",
                "--ready",
                $"127.0.0.1:{ready}",
                .. identity.Join("default", "bare"),
            ]
        );
        await Wait.UntilAsync(
            "the sidecar is ready",
            TimeSpan.FromSeconds(60),
            () =>
                sidecar.HasExited
                    ? throw new InvalidOperationException(sidecar.Tail())
                    : Wait.AnswersAsync($"http://127.0.0.1:{ready}/healthz/ready", default),
            default
        );
        controlPlane.CheckSound("a handshake without a home");
    }

    private static ChildProcess Start(TemporaryDirectory directory, string name, string program, string[] arguments) =>
        ChildProcess.Start(
            name,
            "setpriv",
            [
                "--reuid",
                $"{Nobody}",
                "--regid",
                $"{Nobody}",
                "--clear-groups",
                "--inh-caps=-all",
                "--bounding-set=-all",
                "--no-new-privs",
                "env",
                "--unset=HOME",
                Peers.FindProgram("dotnet")!,
                program,
                .. arguments,
            ],
            Path.Combine(directory.Path, $"{name}.log")
        );
}
