using System.Text;
using System.Text.Json.Nodes;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Injection;
using Mesh.Integration.Tests.Redirect;

namespace Mesh.Integration.Tests.Families;

/// <summary>What holds for injected pods whatever addresses their network has: asked in every family that it has.</summary>
public abstract class AddressFamilyTests(FamilyMesh mesh)
{
    [RedirectFact(GrpcPeer.PythonPeer)]
    public async Task Services_are_called_over_mutual_TLS_and_strangers_are_refused()
    {
        await StrictAsync();
        foreach (var family in mesh.Families)
        {
            var vip = family.Url(family.Vip);
            Assert.Contains(FamilyMesh.ClientIdentity, FamilyMesh.Curl(mesh.Client, $"http://{vip}/"), StringComparison.Ordinal);
            var two = FamilyMesh.Curl(mesh.Client, "--http2-prior-knowledge", "-H", "Host: web:81", $"http://{vip}:81/");
            Assert.StartsWith("HTTP/2 200", two, StringComparison.Ordinal);
            Assert.Contains(FamilyMesh.ClientIdentity, two, StringComparison.Ordinal);

            using var greeted = await mesh.Client.ConnectAsync(family.GreetingVip, FamilyMesh.Greeting);
            Assert.Equal("220 first ready\r\n", Encoding.Latin1.GetString(await greeted.ReadAsync(17)));

            // One that is dialled itself, as those of a headless service are.
            using var dialled = await mesh.Client.ConnectAsync(family.Server, 8082);
            Assert.Equal("220 first ready\r\n", Encoding.Latin1.GetString(await dialled.ReadAsync(17)));
            var pod = FamilyMesh.Curl(mesh.Client, "-H", "Host: pods:8080", $"http://{family.Url(family.Server)}:8080/");
            Assert.Contains(FamilyMesh.ClientIdentity, pod, StringComparison.Ordinal);

            Assert.Contains("curl:", FamilyMesh.Curl(mesh.Node, $"http://{family.Url(family.Server)}:8080/"), StringComparison.Ordinal);
        }
        mesh.CheckSound();
    }

    [RedirectFact(GrpcPeer.PythonPeer)]
    public async Task What_the_mesh_does_not_know_is_reached_at_the_address_that_was_dialled()
    {
        foreach (var family in mesh.Families)
        {
            using (var connection = await mesh.Client.ConnectAsync(family.Node, FamilyMesh.Unknown))
            {
                await connection.SendAsync("WHO");
                var expected = $"<{family.Client}>";
                Assert.Equal(expected, Encoding.ASCII.GetString(await connection.ReadAsync(expected.Length)));
            }

            await mesh.UntilAsync(
                "it is in the log",
                () =>
                    mesh
                        .ClientLog.Split('\n')
                        .Any(line =>
                            line.Contains("PassthroughCluster", StringComparison.Ordinal)
                            && line.Contains($"{family.Url(family.Node)}:{FamilyMesh.Unknown}", StringComparison.Ordinal)
                        )
            );
        }

        mesh.CheckSound();
    }

    [RedirectFact(GrpcPeer.PythonPeer)]
    public async Task Probes_are_answered_from_the_node_under_STRICT_with_what_the_application_says()
    {
        await StrictAsync();
        var app = Pods.Container(mesh.InjectedPod("server-1"), "containers", "app");
        var deaf = Pods.Container(mesh.InjectedPod("server-1"), "containers", "deaf");
        foreach (var family in mesh.Families)
        {
            Assert.Equal("200", Probe(family, app["readinessProbe"]!));
            Assert.Equal("200", Probe(family, app["startupProbe"]!));
            Assert.Equal("200", Probe(family, app["livenessProbe"]!));
            // Through the kernel's rules every port seems open.
            Assert.Equal("500", Probe(family, deaf["livenessProbe"]!));
        }

        mesh.CheckSound();
    }

    [RedirectFact(GrpcPeer.PythonPeer)]
    public void The_proxys_own_ports_answer_the_node_and_the_admin_pages_do_not()
    {
        foreach (var family in mesh.Families)
        {
            var pod = family.Url(family.Server);
            Assert.Contains(" 200 ", FamilyMesh.Curl(mesh.Node, $"http://{pod}:15021/healthz/ready"), StringComparison.Ordinal);
            Assert.Contains(
                "envoy_server_live",
                FamilyMesh.Curl(mesh.Node, $"http://{pod}:15090/stats/prometheus"),
                StringComparison.Ordinal
            );
            Assert.Contains(
                "envoy_server_live",
                FamilyMesh.Curl(mesh.Node, $"http://{pod}:15020/stats/prometheus"),
                StringComparison.Ordinal
            );
            Assert.DoesNotContain(" 200 ", FamilyMesh.Curl(mesh.Node, $"http://{pod}:15000/server_info"), StringComparison.Ordinal);
        }

        Assert.Contains(" 200 ", FamilyMesh.Curl(mesh.Server, "http://127.0.0.1:15000/server_info"), StringComparison.Ordinal);
        mesh.CheckSound();
    }

    [RedirectFact(GrpcPeer.PythonPeer)]
    public async Task Policies_by_address_see_who_really_calls()
    {
        await StrictAsync();
        mesh.Write(
            "guard.yaml",
            $$"""
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: { name: guard, namespace: default }
            spec:
              selector: { matchLabels: { app: server } }
              action: DENY
              rules: [ { from: [ { source: { ipBlocks: [ "{{mesh.Families[
                0
            ].Client}}" ] } } ], to: [ { operation: { paths: [ /guarded ] } } ] } ]
            """
        );
        foreach (var family in mesh.Families)
        {
            // Whatever was dialled, the pods' own connections are of the family of the service's endpoints.
            var vip = family.Url(family.Vip);
            await mesh.UntilAsync(
                $"{mesh.Families[0].Client} is turned away",
                () => FamilyMesh.Curl(mesh.Client, $"http://{vip}/guarded").Contains(" 403 ", StringComparison.Ordinal)
            );
            Assert.Contains(" 200 ", FamilyMesh.Curl(mesh.Client, $"http://{vip}/open"), StringComparison.Ordinal);
        }

        mesh.Write("guard.yaml", "");
        mesh.CheckSound();
    }

    private async Task StrictAsync()
    {
        mesh.Write(
            "demand.yaml",
            """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: { name: default, namespace: istio-system }
            spec: { mtls: { mode: STRICT } }
            """
        );
        var family = mesh.Families[0];
        await mesh.UntilAsync(
            "STRICT is in force",
            () =>
                FamilyMesh
                    .Curl(mesh.Client, $"http://{family.Url(family.Vip)}/")
                    .Contains(FamilyMesh.ClientIdentity, StringComparison.Ordinal)
                && FamilyMesh.Curl(mesh.Node, $"http://{family.Url(family.Server)}:8080/").Contains("curl:", StringComparison.Ordinal)
        );
    }

    private string Probe(AddressFamilyPlan family, JsonNode probe) =>
        FamilyMesh
            .Curl(mesh.Node, $"http://{family.Url(family.Server)}:{(int)probe["httpGet"]!["port"]!}{(string)probe["httpGet"]!["path"]!}")
            .Split(' ')
            .ElementAtOrDefault(1)
        ?? "";
}
