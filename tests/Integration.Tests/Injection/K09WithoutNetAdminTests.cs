using System.Text.Json.Nodes;

namespace Mesh.Integration.Tests.Injection;

/// <summary>K09: a namespace that forbids NET_ADMIN.</summary>
public sealed class K09WithoutNetAdminTests(InjectionFixture fixture) : IClassFixture<InjectionFixture>
{
    [Fact]
    public async Task Without_the_annotation_the_pod_is_refused_with_the_remedy()
    {
        var response = await fixture.Injector.ReviewAsync(Pods.Plain(), "strict");
        Assert.False((bool)response["allowed"]!);
        var message = (string)response["status"]!["message"]!;
        Assert.Contains("sidecar.istio.io/interceptionMode", message, StringComparison.Ordinal);
        Assert.Contains("NET_ADMIN", message, StringComparison.Ordinal);
        Assert.Contains("write NONE", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_mode_NONE_what_is_injected_passes_the_restricted_standard_and_says_what_it_does_not_protect()
    {
        var pod = Pods.Plain(metadata: "annotations:\n  sidecar.istio.io/interceptionMode: NONE");
        var response = await fixture.Injector.ReviewAsync(pod, "strict");
        var patched = Pods.Patched(pod, response);
        Assert.Equal(["istio-proxy"], Pods.NamesOf(patched, "initContainers"));
        var proxy = Pods.Container(patched, "initContainers", "istio-proxy");
        var arguments = Pods.Arguments(proxy);
        Assert.Equal("none", arguments[Array.IndexOf(arguments, "--capture") + 1]);

        // kubernetes.io, Pod Security Standards, "Restricted".
        var security = proxy["securityContext"]!;
        Assert.False((bool)security["allowPrivilegeEscalation"]!);
        Assert.True((bool)security["runAsNonRoot"]!);
        Assert.NotEqual(0, (int)security["runAsUser"]!);
        Assert.Equal("RuntimeDefault", (string)security["seccompProfile"]!["type"]!);
        Assert.Equal("""{"drop":["ALL"]}""", security["capabilities"]!.ToJsonString());
        Assert.All((JsonArray)patched["spec"]!["volumes"]!, volume => Assert.Null(volume!["hostPath"]));

        // Nobody may send it mutual TLS, and the user is told what that means.
        Assert.Null(patched["metadata"]!["labels"]!["security.istio.io/tlsMode"]);
        Assert.Contains(
            "\"inboundProtected\":false",
            (string)patched["metadata"]!["annotations"]!["sidecar.istio.io/status"]!,
            StringComparison.Ordinal
        );
        Assert.Contains("authorization policies protect this pod", response["warnings"]!.ToJsonString(), StringComparison.Ordinal);
    }
}
