using System.Security.Cryptography.X509Certificates;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Identity;
using Mesh.Grpc;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Identity;

/// <summary>Who may follow xDS over the secure port, as which node, and what of secrets.</summary>
#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
public sealed class NodeAdmissionTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private const string Address = "127.9.0.2";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private IdentityHost host = null!;

    public async Task InitializeAsync() =>
        host = await IdentityHost.StartAsync(h => h.Write("pods.yaml", Pod("mail-1", "mail", "127.9.0.3")));

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Fact]
    public async Task A_token_or_a_certificate_opens_the_stream_of_its_own_node()
    {
        Assert.NotNull(await FollowAsync("books-1.shop", "books", IdentityHost.Books, null));
        using var certificate = await host.JoinAsync(IdentityHost.Books);
        Assert.NotNull(await FollowAsync("books-1.shop", "books", null, certificate));
        Assert.NotNull(await FollowAsync("mail-1.shop", null, IdentityHost.Mail, null));
    }

    [Fact]
    public async Task Without_a_credential_there_is_no_stream()
    {
        await RefusedAsync(GrpcStatusCode.Unauthenticated, "books-1.shop", "books", null, null);
        await RefusedAsync(GrpcStatusCode.Unauthenticated, "books-1.shop", "books", "token-of-nobody-0123456789", null);
        await host.LoggedAsync("nobody knows its token");
    }

    [Fact]
    public async Task A_stolen_certificate_does_not_make_its_thief_another_service()
    {
        using var stolen = await host.JoinAsync(IdentityHost.Books);

        // Another namespace; what the objects say of a pod; what a node says of itself.
        await RefusedAsync(GrpcStatusCode.PermissionDenied, "books-1.bank", "books", null, stolen);
        await host.LoggedAsync("Refused spiffe://cluster.local/ns/shop/sa/books", "the node is of namespace bank");
        await RefusedAsync(GrpcStatusCode.PermissionDenied, "mail-1.shop", "books", null, stolen);
        await host.LoggedAsync("mail-1.shop", "the node is of service account shop/mail");
        await RefusedAsync(GrpcStatusCode.PermissionDenied, "other-1.shop", "other", null, stolen);
        await host.LoggedAsync("other-1.shop", "the node is of service account shop/other");
    }

    [Fact]
    public async Task Nobody_gets_at_a_workload_by_its_address_or_by_being_there_first()
    {
        using var stolen = await host.JoinAsync(IdentityHost.Books);

        // No such pod, but the address is one of mail's: that is whose configuration it would be.
        await RefusedAsync(GrpcStatusCode.PermissionDenied, "books-9.shop", "books", null, stolen, address: "127.9.0.3");
        await host.LoggedAsync("books-9.shop", "the node is of service account shop/mail");

        // Nobody's yet; when it becomes somebody else's, the stream ends.
        using var channel = host.Connect(stolen);
        await using var stream = channel.OpenDuplex(DiscoveryService.DeltaMethod);
        await stream.WriteAsync(Request("mail-2.shop", "books", TypeUrls.Cluster, "*"));
        await NextAsync(stream);
        host.Write("later.yaml", Pod("mail-2", "mail", "127.9.0.4"));
        var ended = await Assert.ThrowsAsync<GrpcException>(() => NextAsync(stream));
        Assert.Equal(GrpcStatusCode.PermissionDenied, ended.Status.Code);
        await host.LoggedAsync("mail-2.shop", "the node is of service account shop/mail");
    }

    [Fact]
    public async Task A_stream_ends_with_the_certificate_that_opened_it()
    {
        using var brief = await host.JoinAsync(IdentityHost.Books, seconds: 4);
        using var channel = host.Connect(brief);
        await using var stream = channel.OpenDuplex(DiscoveryService.DeltaMethod);
        await stream.WriteAsync(Request("books-1.shop", "books", TypeUrls.Cluster, "*"));
        Assert.NotEmpty((await NextAsync(stream)).Nonce);

        // In order: there is nothing to be alarmed about, and a client that has another certificate comes back.
        Assert.False(await stream.MoveNextAsync().AsTask().WaitAsync(Bound));
        Assert.True(TimeProvider.System.GetUtcNow() >= brief.NotAfter.ToUniversalTime());
        await RefusedAsync(GrpcStatusCode.Unavailable, "books-1.shop", "books", null, brief);
        await host.LoggedAsync("which says spiffe://cluster.local/ns/shop/sa/books, is not good", "it is expired or not valid yet");
    }

    [Fact]
    public void A_token_that_is_bound_to_a_pod_is_good_for_that_pod_alone()
    {
        var caller = new Caller(WorkloadIdentity.Create("cluster.local", "shop", "books")!, "books-1", "service-account token");
        Assert.Equal("", NodeAdmission.Mismatch(caller, NodeInfo.Parse(Node("books-1.shop", null)), "shop/books"));
        Assert.Equal("the token is bound to pod books-1", NodeAdmission.Mismatch(caller, NodeInfo.Parse(Node("books-2.shop", null)), null));
    }

    [Fact]
    public async Task Everybody_may_ask_for_the_roots_and_nobody_for_another_s_secret()
    {
        using var certificate = await host.JoinAsync(IdentityHost.Books);
        var answer = await FollowAsync("books-1.shop", "books", null, certificate, TypeUrls.Secret, SecretResourceNames.Roots);
        var secret = Pb.Secret.Parser.ParseFrom(Assert.Single(answer!.Resources).Resource_.Value);
        Assert.Equal(await File.ReadAllTextAsync(host.RootsFile), secret.ValidationContext.TrustedCa.InlineString);

        foreach (var name in new[] { "spiffe://cluster.local/ns/shop/sa/mail", "kubernetes://bank/vault" })
        {
            await RefusedAsync(GrpcStatusCode.PermissionDenied, "books-1.shop", "books", null, certificate, TypeUrls.Secret, name);
            await host.LoggedAsync("spiffe://cluster.local/ns/shop/sa/books", "asked for secret", name);
        }
    }

    [Fact]
    public async Task New_roots_are_sent_to_who_follows_them_and_the_page_says_who_has_them()
    {
        using var certificate = await host.JoinAsync(IdentityHost.Books);
        using var channel = host.Connect(certificate);
        await using var stream = channel.OpenDuplex(DiscoveryService.DeltaMethod);
        await stream.WriteAsync(Request("books-1.shop", "books", TypeUrls.Secret, SecretResourceNames.Roots));
        var first = await NextAsync(stream);
        await AckAsync(stream, first);
        using var http = new HttpClient();

        var store = new DirectoryAuthorityStore(host.CaDirectory);
        var seen = (await store.ReadAsync())!;
        var announced = RootRotation.Announce(seen.State, TimeProvider.System.GetUtcNow(), out _)!;
        Assert.True(await store.TryWriteAsync(seen, announced));

        var second = await NextAsync(stream);
        var sent = Pb.Secret.Parser.ParseFrom(Assert.Single(second.Resources).Resource_.Value).ValidationContext.TrustedCa.InlineString;
        Assert.Equal(announced.Bundle().Pem, sent);
        Assert.Equal(["sidecar~127.9.0.2~books-1.shop~shop.svc.cluster.local"], await BehindAsync(http));
        await AckAsync(stream, second);
        using var patience = new CancellationTokenSource(Bound);
        while ((await BehindAsync(http)).Length > 0)
        {
            await Task.Delay(10, patience.Token);
        }
    }

    private async Task<string[]> BehindAsync(HttpClient http)
    {
        var page = System.Text.Json.Nodes.JsonNode.Parse(await http.GetStringAsync($"http://{host.Control.Monitoring}/debug/authority"))!;
        Assert.Equal(1, (int)page["connected"]!);
        return [.. page["behind"]!.AsArray().Select(node => (string)node!)];
    }

    private async Task RefusedAsync(
        GrpcStatusCode status,
        string pod,
        string? account,
        string? token,
        X509Certificate2? certificate,
        string type = TypeUrls.Cluster,
        string name = "*",
        string address = Address
    )
    {
        var refused = await Assert.ThrowsAsync<GrpcException>(() => FollowAsync(pod, account, token, certificate, type, name, address));
        Assert.Equal(status, refused.Status.Code);
    }

    /// <summary>The first answer on a stream of its own.</summary>
    private async Task<Pb.DeltaDiscoveryResponse?> FollowAsync(
        string pod,
        string? account,
        string? token,
        X509Certificate2? certificate,
        string type = TypeUrls.Cluster,
        string name = "*",
        string address = Address
    )
    {
        using var channel = host.Connect(certificate);
        await using var stream = channel.OpenDuplex(
            DiscoveryService.DeltaMethod,
            new GrpcCallOptions { Headers = IdentityHost.Bearer(token) }
        );
        try
        {
            await stream.WriteAsync(Request(pod, account, type, name, address));
        }
        catch (GrpcException)
        {
            // The reading side tells the status.
        }

        return await NextAsync(stream);
    }

    private static async Task<Pb.DeltaDiscoveryResponse> NextAsync(
        GrpcDuplexCall<Pb.DeltaDiscoveryRequest, Pb.DeltaDiscoveryResponse> stream
    )
    {
        Assert.True(await stream.MoveNextAsync().AsTask().WaitAsync(Bound));
        return stream.Current;
    }

    private static ValueTask AckAsync(
        GrpcDuplexCall<Pb.DeltaDiscoveryRequest, Pb.DeltaDiscoveryResponse> stream,
        Pb.DeltaDiscoveryResponse response
    ) => stream.WriteAsync(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce });

    private static Pb.DeltaDiscoveryRequest Request(string pod, string? account, string type, string name, string address = Address) =>
        new()
        {
            Node = Node(pod, account, address),
            TypeUrl = type,
            ResourceNamesSubscribe = { name },
        };

    private static string Pod(string name, string account, string address) =>
        $$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: {{name}}, namespace: shop, labels: { app: {{account}} } }
            spec: { serviceAccountName: {{account}}, containers: [] }
            status: { podIP: {{address}}, phase: Running }
            """;

    private static Pb.Node Node(string pod, string? account, string address = Address)
    {
        var node = new Pb.Node { Id = $"sidecar~{address}~{pod}~{pod.Split('.')[1]}.svc.cluster.local" };
        if (account is not null)
        {
            node.Metadata = new() { Fields = { ["SERVICE_ACCOUNT"] = Google.Protobuf.WellKnownTypes.Value.ForString(account) } };
        }

        return node;
    }
}
