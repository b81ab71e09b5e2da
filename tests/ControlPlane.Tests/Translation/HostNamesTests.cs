using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Translation;

namespace Mesh.ControlPlane.Tests.Translation;

public sealed class HostNamesTests
{
    [Fact]
    public void A_trust_domain_of_ones_own_leaves_the_names_of_services_alone()
    {
        var settings = MeshSettings.Default with { TrustDomain = "prod.example" };

        Assert.Equal("books.shop.svc.cluster.local", HostNames.Resolve("books", "shop", settings));
    }

    [Fact]
    public void A_short_host_of_a_ServiceEntry_is_dialled_as_it_stands()
    {
        var snapshot = Given.Snapshot(
            """
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: legacy, namespace: shop}
            spec:
              hosts: [Legacy]
              ports: [{number: 80, name: http, protocol: HTTP}]
              resolution: DNS
            """
        );

        var service = Assert.Single(snapshot.Services);
        Assert.Equal("legacy", service.Host);
        Assert.Equal("legacy", Assert.Single(service.Endpoints).Address);
    }
}
