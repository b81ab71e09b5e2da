using System.Security.Cryptography.X509Certificates;
using Mesh.ApiServerDouble;
using Mesh.ControlPlane.Identity;
using Mesh.Grpc;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Access;

namespace Mesh.ControlPlane.Tests.Identity;

/// <summary>Two replicas in one cluster: one authority, and pods that prove themselves by their service accounts' tokens.</summary>
#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
public sealed class ClusterIdentityTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private const string Good = "token-of-pod-books-1";

    private ApiServer cluster = null!;
    private IdentityHost one = null!;
    private IdentityHost two = null!;

    public async Task InitializeAsync()
    {
        cluster = await ApiServer.StartAsync();
        cluster.ServiceAccountTokens[Good] = new("shop", "books", ["istio-ca"], "books-1");
        var starts = await Task.WhenAll(IdentityHost.StartAsync(cluster: cluster), IdentityHost.StartAsync(cluster: cluster));
        (one, two) = (starts[0], starts[1]);
    }

    public async Task DisposeAsync()
    {
        await one.DisposeAsync();
        await two.DisposeAsync();
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task What_one_replica_issues_the_other_renews()
    {
        Assert.Equal(one.Control.Authority!.Bundle.Pem, two.Control.Authority!.Bundle.Pem);
        using var certificate = await one.JoinAsync(Good);
        using var next = X509Certificate2.CreateFromPem((await two.AskAsync(null, certificate))[0]);
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/books", WorkloadIdentity.Of(next)!.Uri);
    }

    [Fact]
    public async Task A_token_for_another_audience_and_one_that_is_none_are_refused_with_the_reason_in_the_log_alone()
    {
        cluster.ServiceAccountTokens["token-of-pod-for-the-api"] = new("shop", "books", ["https://kubernetes.default.svc"]);
        foreach (var token in new[] { "token-of-pod-for-the-api", "token-of-pod-forged" })
        {
            var refused = await Assert.ThrowsAsync<GrpcException>(() => one.AskAsync(token));
            Assert.Equal(GrpcStatusCode.Unauthenticated, refused.Status.Code);
            Assert.DoesNotContain("audience", refused.Status.Message, StringComparison.Ordinal);
        }

        await one.LoggedAsync("does not accept the service-account token: it is forged, expired, or made for another audience");

        // An expired token is one that the API server has forgotten: showing it again is of no use.
        await one.AskAsync(Good);
        cluster.ServiceAccountTokens.TryRemove(Good, out _);
        await Assert.ThrowsAsync<GrpcException>(() => one.AskAsync(Good));
    }

    [Fact]
    public async Task An_exchange_of_roots_in_the_Secret_is_followed_by_both()
    {
        using var client = new KubernetesClient(new ClusterAccess { Server = cluster.Address }, "tests/1");
        var store = new SecretAuthorityStore(client, "istio-system");
        var seen = (await store.ReadAsync())!;
        var state = RootRotation.Announce(seen.State, TimeProvider.System.GetUtcNow(), out _)!;
        Assert.True(await store.TryWriteAsync(seen, state));

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (one.Control.Authority!.Bundle.Roots.Length < 2 || two.Control.Authority!.Bundle.Roots.Length < 2)
        {
            await Task.Delay(50, patience.Token);
        }

        Assert.Equal(state.Bundle().Pem, one.Control.Authority.Bundle.Pem);
        Assert.Equal(state.Bundle().Pem, two.Control.Authority!.Bundle.Pem);
    }
}
