using System.Net;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class R11DelegateTests(EchoMesh mesh)
{
    private const string Root = """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: { name: echo, namespace: default }
        spec:
          hosts: [ echo ]
          http:
            - match: [ { uri: { prefix: /cart } } ]
              delegate: { name: cart, namespace: team-cart }
              headers: { request: { set: { x-from: root } } }
            - match: [ { uri: { prefix: /stock } } ]
              delegate: { name: stock, namespace: team-stock }
            - route: [ { destination: { host: echo, subset: v3 } } ]

        """;

    private const string Cart = """
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: { name: cart, namespace: team-cart }
        spec:
          http:
            - match: [ { uri: { prefix: /cart/beta } } ]
              headers: { request: { set: { x-from: delegate } } }
              route: [ { destination: { host: echo.default.svc.cluster.local, subset: v2 } } ]
            - match: [ { uri: { prefix: /other } } ]
              route: [ { destination: { host: echo.default.svc.cluster.local, subset: v2 } } ]
            - match: [ { headers: { x-user: { exact: ada } } } ]
              route: [ { destination: { host: echo.default.svc.cluster.local, subset: v1 } } ]

        """;

    public static TheoryData<string> Pairs => Protocols.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R11_A_delegate_routes_its_part_of_the_host(string protocol)
    {
        await mesh.ApplyAsync(Root + Cart);
        using var client = new EchoClient(mesh.Client, protocol);
        Assert.Equal("delegate", (await client.EchoAsync("/cart/beta/1")).Header("x-from"));
        Assert.Equal("v2", await client.WhoAsync("/cart/beta/1"));
        Assert.Equal("v1", await client.WhoAsync("/cart/x", ("x-user", "ada")));
        Assert.Equal("root", (await client.EchoAsync("/cart/x", ("x-user", "ada"))).Header("x-from"));
        // What no rule of the delegate takes goes on to the root's next rule; what does not fit into the root's match never happens.
        Assert.Equal("v3", await client.WhoAsync("/cart/x"));
        Assert.Equal("v3", await client.WhoAsync("/other"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task R11_A_delegate_that_is_missing_fails_for_its_part_and_heals_when_it_comes(string protocol)
    {
        await mesh.ApplyAsync(Root + Cart);
        using var client = new EchoClient(mesh.Client, protocol);
        using var broken = await client.SendAsync("/stock/1");
        Assert.Equal(HttpStatusCode.InternalServerError, broken.StatusCode);
        Assert.Equal("there is no VirtualService team-stock/stock", await broken.Content.ReadAsStringAsync());
        Assert.Equal("v2", await client.WhoAsync("/cart/beta"));

        await mesh.ApplyAsync(
            Root
                + Cart
                + """
                ---
                apiVersion: networking.istio.io/v1beta1
                kind: VirtualService
                metadata: { name: stock, namespace: team-stock }
                spec:
                  http:
                    - route: [ { destination: { host: echo.default.svc.cluster.local, subset: v1 } } ]
                """
        );
        Assert.Equal("v1", await client.WhoAsync("/stock/1"));
    }

    [Fact]
    public async Task R11_Delegates_that_cannot_work_are_named_by_analyze()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(
            Path.Combine(directory.Path, "mesh.yaml"),
            Root
                + Cart
                + """
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: { name: stock, namespace: team-stock }
                spec:
                  exportTo: [ "." ]
                  http: [ { directResponse: { status: 200 } } ]
                ---
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: { name: nested, namespace: team-stock }
                spec:
                  http: [ { delegate: { name: stock } } ]
                """
        );
        var analysis = await Meshctl.RunAsync("analyze", "-f", directory.Path);
        foreach (var code in new[] { "DelegateNotVisible", "DelegateRuleDropped", "DelegateConflict" })
        {
            Assert.Contains($"[{code}]", analysis.Output, StringComparison.Ordinal);
        }
    }
}
