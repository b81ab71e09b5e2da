using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Http;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.NormalForm;
using Mesh.Proxy.Security;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Http;

public sealed class InternalHeadersTests
{
    private const string Client = "spiffe://cluster.local/ns/shop/sa/web";
    private const string Own = "spiffe://cluster.local/ns/shop/sa/basket";
    private static readonly RequestForm Naming = new(PathForm.AsReceived, NamesPeers: true);

    [Fact]
    public void A_client_that_is_not_verified_says_nothing_that_proxies_say()
    {
        var head = Head(
            "shop",
            "/",
            ("X-Forwarded-Client-Cert", "URI=spiffe://cluster.local/ns/x/sa/root"),
            ("x-envoy-original-path", "/admin"),
            ("x-envoy-retry-on", "5xx"),
            ("x-request-id", "1"),
            ("x-forwarded-client-cert", "URI=another"),
            ("x-forwarded-for", "1.2.3.4"),
            ("X_Forwarded_Client-Cert", "URI=in another spelling"),
            ("x_envoy-original_path", "/admin"),
            ("x-envoyish", "2")
        );

        Assert.True(InternalHeaders.TryApply(head, Target(inbound: true), Naming));

        Assert.Equal(["x-request-id", "x-forwarded-for", "x-envoyish"], Names(head));
    }

    [Fact]
    public void An_application_says_nothing_that_proxies_say()
    {
        var head = Head(
            "shop",
            "/",
            ("x-forwarded-client-cert", "URI=me"),
            ("x-envoy-retry-on", "5xx"),
            ("x-envoy-original-path", "/admin"),
            ("x-envoy-internal", "true"),
            ("x-envoy-attempt-count", "2"),
            ("x-envoy-peer-metadata-id", "1")
        );

        Assert.True(InternalHeaders.TryApply(head, Target(inbound: false), RequestForm.AsReceived));

        Assert.Empty(Names(head));
    }

    [Fact]
    public void A_verified_client_is_named_as_envoy_names_it()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Certificate(key);
        var hash = Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));
        var expected = $"By={Own};Hash={hash};Subject=\"\";URI={Client}";

        var head = Head("shop", "/", ("x-envoy-original-path", "/a"));
        Assert.True(InternalHeaders.TryApply(head, Verified(certificate), Naming));
        Assert.Equal(expected, Value(head));
        Assert.True(head.TryGet("x-envoy-original-path"u8, out _));

        var behindAGateway = Head(
            "shop",
            "/",
            ("x_forwarded_client_cert", "URI=forged"),
            ("x-forwarded-client-cert", "URI=first"),
            ("x-forwarded-client-cert", "URI=second")
        );
        Assert.True(InternalHeaders.TryApply(behindAGateway, Verified(certificate), Naming));
        Assert.Equal($"URI=first,URI=second,{expected}", Value(behindAGateway));
        Assert.Equal(1, behindAGateway.HeaderCount);

        var unasked = Head("shop", "/", ("x-forwarded-client-cert", "URI=first"));
        Assert.True(InternalHeaders.TryApply(unasked, Verified(certificate), RequestForm.AsReceived));
        Assert.Equal(0, unasked.HeaderCount);
    }

    [Fact]
    public void Naming_a_client_again_costs_no_memory()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Certificate(key);
        var target = Verified(certificate);
        var head = new RequestHead();
        long Measure()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                head.Begin(HttpVersionKind.Http11, "GET", "http", "shop", "/");
                head.AddHeader("x-a", "1");
                InternalHeaders.TryApply(head, target, Naming);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Measure();
        Assert.Equal(0, Measure());
    }

    private static ConnectionTarget Verified(X509Certificate2 certificate)
    {
        var target = Target(inbound: true);
        target.Peer = PeerIdentity.Of(certificate);
        target.OwnPrincipal = Own;
        return target;
    }

    private static ConnectionTarget Target(bool inbound) =>
        new()
        {
            Inbound = inbound,
            Destination = null,
            Bound = null,
            Port = 80,
            Local = new IPEndPoint(IPAddress.Loopback, 80),
            Remote = new IPEndPoint(IPAddress.Loopback, 81),
        };

    private static X509Certificate2 Certificate(ECDsa key)
    {
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(Client));
        request.CertificateExtensions.Add(names.Build(critical: true));
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
    }

    private static string[] Names(RequestHead head) =>
        [.. Enumerable.Range(0, head.HeaderCount).Select(index => AsText(head.HeaderName(index)))];

    private static string Value(RequestHead head)
    {
        Assert.True(head.TryGet("x-forwarded-client-cert"u8, out var value));
        return AsText(value);
    }
}
