using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Tests.Translation;

/// <summary>What clients of a namespace see under their Sidecar.</summary>
public sealed class ClientViewTests
{
    private const string Entry = """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: private, namespace: shop}
        spec:
          hosts: [private.example]
          exportTo: ["."]
          resolution: DNS
          ports: [{number: 80, name: http, protocol: HTTP}]
        """;

    [Fact]
    public void Without_a_Sidecar_everything_that_is_exported_is_seen()
    {
        var snapshot = Given.Snapshot(Given.Service("books", "shop"), Given.Service("web", "front"), Entry);

        Assert.Equal(
            ["books.shop.svc.cluster.local", "private.example", "web.front.svc.cluster.local"],
            snapshot.ViewFor("shop", Labels.Empty).Services.Select(service => service.Host)
        );
        Assert.Null(snapshot.ViewFor("front", Labels.Empty).ServiceFor("private.example"));
    }

    [Fact]
    public void A_Sidecar_narrows_services_and_routes()
    {
        var snapshot = Given.Snapshot(
            Given.Service("books", "shop"),
            Given.Service("web", "front"),
            Given.Service("mail", "front"),
            Given.Routes("far", "front", "x.example"),
            Given.Routes("near", "shop", "y.example"),
            Sidecar("default", "shop", "", "\"./*\", \"front/web.front.svc.cluster.local\"")
        );
        var view = snapshot.ViewFor("shop", Labels.Empty);

        Assert.Equal(["books.shop.svc.cluster.local", "web.front.svc.cluster.local"], view.Services.Select(service => service.Host));
        Assert.Equal(["y.example"], view.Routes.Select(entry => entry.Host));
        Assert.Null(view.RoutesFor("x.example"));
        Assert.Equal(3, snapshot.ViewFor("front", Labels.Empty).Services.Length);
    }

    [Fact]
    public void The_Sidecar_of_a_workload_beats_that_of_its_namespace_which_beats_the_roots()
    {
        var snapshot = Given.Snapshot(
            Sidecar("root", "istio-system", "", "\"*/*\""),
            Sidecar("namespace", "shop", "", "\"*/*\""),
            Sidecar("web", "shop", "workloadSelector: {labels: {app: web}}", "\"*/*\"")
        );
        var web = Labels.From([KeyValuePair.Create("app", "web")]);

        Assert.Equal("web", snapshot.ScopeFor("shop", web)?.Name);
        Assert.Equal("namespace", snapshot.ScopeFor("shop", Labels.Empty)?.Name);
        Assert.Equal("root", snapshot.ScopeFor("other", web)?.Name);
    }

    [Fact]
    public void What_an_imported_route_names_is_seen_too()
    {
        var snapshot = Given.Snapshot(
            Given.Service("books", "shop"),
            Given.Service("web", "front"),
            """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: books, namespace: shop}
            spec:
              hosts: [books]
              http: [{route: [{destination: {host: web.front.svc.cluster.local}}]}]
            """,
            Sidecar("default", "shop", "", "\"./*\"")
        );

        Assert.NotNull(snapshot.ViewFor("shop", Labels.Empty).ServiceFor("web.front.svc.cluster.local"));
    }

    [Fact]
    public void Of_one_host_in_two_namespaces_a_client_gets_its_own()
    {
        static string Named(string ns) =>
            $$"""
                apiVersion: networking.istio.io/v1
                kind: ServiceEntry
                metadata: {name: api, namespace: {{ns}}}
                spec: {hosts: [api.example], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}
                """;
        var snapshot = Given.Snapshot(Named("a"), Named("b"));

        Assert.Equal("b", snapshot.ViewFor("b", Labels.Empty).ServiceFor("api.example")?.Namespace);
        Assert.Equal("b", snapshot.ServiceFor("b", "api.example")?.Namespace);
        Assert.Equal("a", snapshot.ViewFor("c", Labels.Empty).ServiceFor("api.example")?.Namespace);
    }

    [Fact]
    public void Equal_clients_share_one_view()
    {
        var snapshot = Given.Snapshot(Given.Service("books", "shop"));
        var labelled = Labels.From([KeyValuePair.Create("app", "web")]);

        Assert.Same(snapshot.ViewFor("shop", Labels.Empty), snapshot.ViewFor("shop", labelled));
    }

    private static string Sidecar(string name, string ns, string selector, string hosts) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: {name: {{name}}, namespace: {{ns}}}
            spec:
              {{selector}}
              egress: [{hosts: [{{hosts}}]}]
            """;
}
