using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Mesh.Grpc.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly TestAuthority _ours = new("ours");
    private readonly TestAuthority _theirs = new("theirs");

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
    }

    [Fact]
    public async Task A_certificate_from_a_trusted_root_for_the_right_name_is_accepted()
    {
        await using var server = await ServeAsync("127.0.0.1");
        Assert.Equal("", await CallAsync(server, new GrpcTlsOptions { TrustAnchors = _ours.Anchors }));
    }

    [Fact]
    public async Task The_name_may_be_chosen_apart_from_the_address()
    {
        await using var server = await ServeAsync("control-plane.mesh");
        Assert.Equal("", await CallAsync(server, new GrpcTlsOptions { TrustAnchors = _ours.Anchors, TargetHost = "control-plane.mesh" }));
        await CallAsync(server, new GrpcTlsOptions { TrustAnchors = _ours.Anchors }).FailsAsync(GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task A_certificate_from_another_root_is_refused()
    {
        await using var server = await ServeAsync("127.0.0.1");
        await CallAsync(server, new GrpcTlsOptions { TrustAnchors = _theirs.Anchors }).FailsAsync(GrpcStatusCode.Unavailable);
        await CallAsync(server, null).FailsAsync(GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task An_identity_is_verified_instead_of_a_name_and_never_instead_of_the_chain()
    {
        await using var server = await ServeAsync("spiffe://cluster.local/ns/istio-system/sa/istiod");
        Assert.Equal("", await CallAsync(server, Expect("spiffe://cluster.local/ns/istio-system/sa/istiod", _ours)));
        await CallAsync(server, Expect("spiffe://cluster.local/ns/other/sa/istiod", _ours)).FailsAsync(GrpcStatusCode.Unavailable);
        await CallAsync(server, Expect("spiffe://cluster.local/ns/istio-system/sa/istiod", _theirs)).FailsAsync(GrpcStatusCode.Unavailable);

        static GrpcTlsOptions Expect(string identity, TestAuthority authority) =>
            new() { TrustAnchors = authority.Anchors, VerifyPeer = certificate => Identity(certificate) == identity };
    }

    [Fact]
    public async Task The_handler_sees_the_certificate_of_its_client()
    {
        await using var server = await ServeAsync("127.0.0.1", mutual: true);
        using var certificate = _ours.Issue("spiffe://cluster.local/ns/default/sa/reviews");
        var options = new GrpcTlsOptions { TrustAnchors = _ours.Anchors, ClientCertificate = () => certificate };
        Assert.Equal("spiffe://cluster.local/ns/default/sa/reviews", await CallAsync(server, options));
    }

    [Fact]
    public async Task A_client_without_a_certificate_or_with_a_foreign_one_is_refused_where_one_is_required()
    {
        await using var server = await ServeAsync("127.0.0.1", mutual: true);
        await CallAsync(server, new GrpcTlsOptions { TrustAnchors = _ours.Anchors }).FailsAsync(GrpcStatusCode.Unavailable);
        using var foreign = _theirs.Issue("spiffe://cluster.local/ns/default/sa/reviews");
        var options = new GrpcTlsOptions { TrustAnchors = _ours.Anchors, ClientCertificate = () => foreign };
        await CallAsync(server, options).FailsAsync(GrpcStatusCode.Unavailable);
    }

    [Fact]
    public async Task A_rotated_certificate_is_used_by_the_next_connection_of_the_same_channel()
    {
        await using var server = await ServeAsync("127.0.0.1", mutual: true);
        await using var relay = new CuttableRelay(server.Address.Port);
        using var first = _ours.Issue("spiffe://cluster.local/ns/default/sa/first");
        using var second = _ours.Issue("spiffe://cluster.local/ns/default/sa/second");
        var current = first;
        var tls = new GrpcTlsOptions { TrustAnchors = _ours.Anchors, ClientCertificate = () => current };
        using var channel = new GrpcChannel(new Uri($"https://127.0.0.1:{relay.Port}"), new GrpcChannelOptions { Tls = tls });
        Assert.EndsWith("first", await WhoAmIAsync(channel), StringComparison.Ordinal);
        current = second;
        Assert.EndsWith("first", await WhoAmIAsync(channel), StringComparison.Ordinal);

        await using var open = channel.OpenDuplex(EchoService.Bidi);
        await open.GetResponseHeadersAsync();
        var reading = open.NextAsync();
        relay.CutAll();
        await reading.FailsAsync(GrpcStatusCode.Unavailable);
        Assert.EndsWith("second", await WhoAmIAsync(channel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cleartext_to_a_TLS_port_and_TLS_to_a_cleartext_port_are_UNAVAILABLE()
    {
        await using var secure = await ServeAsync("127.0.0.1");
        using var plain = new GrpcChannel(new Uri($"http://127.0.0.1:{secure.Address.Port}"));
        await WhoAmIAsync(plain).FailsAsync(GrpcStatusCode.Unavailable);
        await using var cleartext = await TestServer.StartAsync(new EchoService().Map);
        using var tls = new GrpcChannel(new Uri($"https://127.0.0.1:{cleartext.Address.Port}"));
        await WhoAmIAsync(tls).FailsAsync(GrpcStatusCode.Unavailable);
    }

    private Task<TestServer> ServeAsync(string identity, bool mutual = false)
    {
        var tls = new HttpsConnectionAdapterOptions { ServerCertificate = _ours.Issue(identity) };
        if (mutual)
        {
            tls.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            tls.ClientCertificateValidation = (certificate, _, _) => ChainsToUs(certificate);
        }
        return TestServer.StartAsync(
            app =>
            {
                app.MapGrpcUnary(
                    EchoService.Unary,
                    (_, context) => Task.FromResult(EchoService.Bytes(context.ClientCertificate is { } c ? Identity(c) : ""))
                );
                app.MapGrpcDuplex(
                    EchoService.Bidi,
                    async stream =>
                    {
                        await stream.SendHeadersAsync();
                        await stream.MoveNextAsync();
                    }
                );
            },
            tls
        );
    }

    private bool ChainsToUs(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(_ours.Anchors);
        return chain.Build(certificate);
    }

    private static async Task<string> CallAsync(TestServer server, GrpcTlsOptions? tls)
    {
        using var channel = server.Connect(new GrpcChannelOptions { Tls = tls });
        return await WhoAmIAsync(channel);
    }

    private static async Task<string> WhoAmIAsync(GrpcChannel channel) =>
        EchoService.Text(await channel.UnaryAsync(EchoService.Unary, EchoService.Bytes("who am I?")).WithinBound());

    private static string Identity(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        var text = names.Format(false);
        return text[(text.IndexOf("URI:", StringComparison.Ordinal) + 4)..];
    }
}
