using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Security;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Security.Tls;

/// <summary>Encrypted connections to endpoints: what they carry, whom they believe, and what they say where they do not.</summary>
public sealed class TlsTransportTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestMesh _mesh = new();

    public void Dispose() => _mesh.Dispose();

    [Fact]
    public async Task Bytes_go_both_ways_and_each_side_knows_the_other()
    {
        using var peer = Server("reviews", asksForCertificate: true);
        var (near, far) = await ConnectAsync(peer, Mesh("reviews"), _mesh.Store("productpage"));
        using var _ = near;
        using var __ = far;

        await near.SendAsync("ping"u8.ToArray(), default);
        Assert.Equal("ping", await ReadAsync(far));
        await far.SendAsync("pong"u8.ToArray(), default);
        Assert.Equal("pong", await ReadAsync(near));
        Assert.Equal(SslProtocols.Tls13, near.Stream.SslProtocol);
        Assert.Equal(TestMesh.Id("productpage"), PeerIdentity.Of((X509Certificate2)far.Stream.RemoteCertificate!)!.Uri);
    }

    [Theory]
    [InlineData(SslProtocols.Tls13)]
#pragma warning disable CA5398 // both have to work
    [InlineData(SslProtocols.Tls12)]
#pragma warning restore CA5398
    public async Task What_TLS_says_by_itself_does_not_count_as_speaking(SslProtocols version)
    {
        using var peer = Server("reviews");
        var (near, far) = await ConnectAsync(peer, Mesh("reviews") with { Versions = version }, _mesh.Store("productpage"));
        using var _ = near;
        using var __ = far;

        // The server's session tickets are in the socket by now, or come soon.
        await Until(() => near.IsQuiet);
        for (var request = 0; request < 3; request++)
        {
            Assert.True(near.IsQuiet);
            await near.SendAsync("ping"u8.ToArray(), default);
            Assert.Equal("ping", await ReadAsync(far));
            await far.SendAsync("pong"u8.ToArray(), default);
            Assert.Equal("pong", await ReadAsync(near));
        }

        await far.SendAsync("unasked"u8.ToArray(), default);
        await Until(() => !near.IsQuiet);
        Assert.Equal("unasked", await ReadAsync(near));
    }

    [Fact]
    public async Task The_peers_end_is_seen_on_an_idle_connection()
    {
        using var peer = Server("reviews");
        var (near, far) = await ConnectAsync(peer, Mesh("reviews"), _mesh.Store("productpage"));
        using var _ = near;
        await Until(() => near.IsQuiet);

        far.Dispose();

        await Until(() => !near.IsQuiet);
    }

    [Fact]
    public async Task An_end_of_one_direction_leaves_the_other()
    {
        using var peer = Server("reviews");
        var (near, far) = await ConnectAsync(peer, Mesh("reviews"), _mesh.Store("productpage"));
        using var _ = near;
        using var __ = far;

        near.ShutdownSend();
        Assert.Equal("", await ReadAsync(far));
        await far.SendAsync("still here"u8.ToArray(), default);
        Assert.Equal("still here", await ReadAsync(near));
        far.ShutdownSend();
        Assert.Equal("", await ReadAsync(near));
    }

    [Fact]
    public async Task A_server_with_anothers_identity_is_refused_and_the_error_names_both()
    {
        using var peer = Server("details");

        var error = await RefusedAsync(peer, Mesh("reviews"), _mesh.Store("productpage"));

        Assert.StartsWith("TLS_error:|CERTIFICATE_VERIFY_FAILED:verify SAN list", error, StringComparison.Ordinal);
        Assert.Contains(TestMesh.Id("details"), error, StringComparison.Ordinal);
        Assert.Contains(TestMesh.Id("reviews"), error, StringComparison.Ordinal);
        Assert.EndsWith(":TLS_error_end", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_another_mesh_is_refused()
    {
        using var other = new TestMesh();
        using var peer = new TlsPeer(other.Issue(TestMesh.Id("reviews")));

        Assert.Contains(
            "CERTIFICATE_VERIFY_FAILED",
            await RefusedAsync(peer, Mesh("reviews"), _mesh.Store("productpage")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Without_a_certificate_of_its_own_a_proxy_says_so()
    {
        using var peer = Server("reviews");

        Assert.Contains(
            "no workload certificate",
            await RefusedAsync(peer, Mesh("reviews"), new IdentityStore()),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("shop.example", "shop.example", true)]
    [InlineData("*.example", "shop.example", true)]
    [InlineData("*.example", "a.shop.example", false)]
    [InlineData("SHOP.example", "shop.example", true)]
    [InlineData("other.example", "shop.example", false)]
    public async Task Names_are_compared_as_DNS_does(string inCertificate, string asked, bool accepted)
    {
        using var peer = new TlsPeer(_mesh.Issue(inCertificate));
        var settings = new TlsClientSettings
        {
            Trust = TrustKind.Authorities,
            Authorities = new PemSource(null, _mesh.Root.ExportCertificatePem()),
            Names = [new NameRule(NameKind.Dns, NameMatch.Exact, asked)],
            ServerName = asked,
        };

        if (accepted)
        {
            var (near, far) = await ConnectAsync(peer, settings, null);
            near.Dispose();
            far.Dispose();
        }
        else
        {
            await RefusedAsync(peer, settings, null);
        }
    }

    [Fact]
    public async Task Who_is_not_in_the_trust_store_is_believed_only_where_nobody_is_to_be_verified()
    {
        using var peer = Server("reviews");
        await RefusedAsync(peer, new TlsClientSettings { Trust = TrustKind.System }, null);

        var (near, far) = await ConnectAsync(peer, new TlsClientSettings { Trust = TrustKind.Anyone }, null);

        near.Dispose();
        far.Dispose();
    }

    [Fact]
    public async Task A_server_that_speaks_no_TLS_fails_the_connect()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen();
        var dialled = DialAsync((System.Net.IPEndPoint)listener.LocalEndPoint!, Mesh("reviews"), _mesh.Store("productpage"));
        using var accepted = await listener.AcceptAsync();
        await accepted.SendAsync("SSH-2.0-nothing\r\n"u8.ToArray());

        var error = await Assert.ThrowsAsync<UpstreamConnectException>(async () => await dialled);

        Assert.StartsWith("TLS_error:|", error.Message, StringComparison.Ordinal);
        Assert.False(error.TimedOut);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_a_timeout()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        listener.Listen();

        var error = await Assert.ThrowsAsync<UpstreamConnectException>(async () =>
            await DialAsync(
                (System.Net.IPEndPoint)listener.LocalEndPoint!,
                Mesh("reviews"),
                _mesh.Store("productpage"),
                TimeSpan.FromMilliseconds(200)
            )
        );

        Assert.True(error.TimedOut);
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_by_the_next_connection_and_leaves_the_open_ones()
    {
        using var peer = Server("reviews", asksForCertificate: true);
        var store = _mesh.Store("productpage");
        var client = new TlsClient(Mesh("reviews"), store, TimeProvider.System);
        var (first, firstFar) = await ConnectAsync(peer, client);
        var shown = firstFar.Stream.RemoteCertificate!.GetCertHashString();

        store.Publish(_mesh.Workload("productpage"));
        var (second, secondFar) = await ConnectAsync(peer, client);

        Assert.NotEqual(shown, secondFar.Stream.RemoteCertificate!.GetCertHashString());
        await first.SendAsync("still"u8.ToArray(), default);
        Assert.Equal("still", await ReadAsync(firstFar));
        foreach (var transport in new[] { first, firstFar, second, secondFar })
        {
            transport.Dispose();
        }
    }

    [Fact]
    public async Task Certificates_of_files_are_read_again_when_the_files_change()
    {
        var folder = Directory.CreateTempSubdirectory("mesh-tls-").FullName;
        try
        {
            var (chain, key) = (Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));
            Write(_mesh.Issue("one.example"), DateTime.UnixEpoch);
            using var peer = new TlsPeer(_mesh.Issue("shop.example"), asksForCertificate: true);
            var client = new TlsClient(
                new()
                {
                    Trust = TrustKind.Anyone,
                    Certificate = new(chain, ""),
                    Key = new(key, ""),
                },
                null,
                TimeProvider.System
            );
            var (near, far) = await ConnectAsync(peer, client);
            var first = far.Stream.RemoteCertificate!.GetCertHashString();
            near.Dispose();
            far.Dispose();

            Write(_mesh.Issue("two.example"), DateTime.UnixEpoch.AddDays(1));
            (near, far) = await ConnectAsync(peer, client);

            Assert.NotEqual(first, far.Stream.RemoteCertificate!.GetCertHashString());
            near.Dispose();
            far.Dispose();

            void Write(X509Certificate2 certificate, DateTime at)
            {
                File.WriteAllText(chain, certificate.ExportCertificatePem());
                File.WriteAllText(key, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
                File.SetLastWriteTimeUtc(chain, at);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_named()
    {
        using var peer = Server("reviews");
        var settings = new TlsClientSettings
        {
            Trust = TrustKind.Anyone,
            Certificate = new("/nowhere/cert.pem", ""),
            Key = new("/nowhere/key.pem", ""),
        };
        Assert.Contains("/nowhere/cert.pem", await RefusedAsync(peer, settings, null), StringComparison.Ordinal);

        settings = new TlsClientSettings { Trust = TrustKind.Authorities, Authorities = new("/nowhere/ca.pem", "") };
        Assert.Contains("/nowhere/ca.pem", await RefusedAsync(peer, settings, null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Tcp", "istio")]
    [InlineData("Http1", "istio-http/1.1")]
    [InlineData("Http2", "istio-h2")]
    public async Task Inside_the_mesh_the_offered_protocol_says_what_is_carried(string use, string negotiated)
    {
        using var peer = new TlsPeer(_mesh.Issue(TestMesh.Id("reviews")), false, "istio-h2", "istio-http/1.1", "istio");
        var client = new TlsClient(Mesh("reviews"), _mesh.Store("productpage"), TimeProvider.System);

        var (near, far) = await ConnectAsync(peer, client, Enum.Parse<TlsUse>(use));

        Assert.Equal(negotiated, near.Stream.NegotiatedApplicationProtocol.ToString());
        near.Dispose();
        far.Dispose();
    }

    private static TlsClientSettings Mesh(params string[] accounts) =>
        new()
        {
            OwnIdentity = true,
            Trust = TrustKind.Mesh,
            Names = [.. accounts.Select(account => new NameRule(NameKind.Uri, NameMatch.Exact, TestMesh.Id(account)))],
            ServerName = "outbound_.9080_._.reviews.default.svc.cluster.local",
            Protocols = ["istio-peer-exchange", "istio"],
        };

    private TlsPeer Server(string account, bool asksForCertificate = false) => new(_mesh.Issue(TestMesh.Id(account)), asksForCertificate);

    private static Task<(TlsTransport Near, TlsTransport Far)> ConnectAsync(
        TlsPeer peer,
        TlsClientSettings settings,
        IdentityStore? store
    ) => ConnectAsync(peer, new TlsClient(settings, store, TimeProvider.System));

    private static async Task<(TlsTransport Near, TlsTransport Far)> ConnectAsync(TlsPeer peer, TlsClient client, TlsUse use = TlsUse.Http1)
    {
        var accepted = peer.AcceptAsync();
        var near = await UpstreamDialer.DialAsync(peer.Address, Patience, new TransportSettings(null, client), use, default);
        return ((TlsTransport)near, await accepted);
    }

    private static ValueTask<UpstreamTransport> DialAsync(
        System.Net.IPEndPoint address,
        TlsClientSettings settings,
        IdentityStore? store,
        TimeSpan? timeout = null
    ) =>
        UpstreamDialer.DialAsync(
            address,
            timeout ?? Patience,
            new TransportSettings(null, new TlsClient(settings, store, TimeProvider.System)),
            TlsUse.Http1,
            default
        );

    private static async Task<string> RefusedAsync(TlsPeer peer, TlsClientSettings settings, IdentityStore? store)
    {
        var accepted = peer.AcceptAsync();
        var error = await Assert.ThrowsAsync<UpstreamConnectException>(async () => await DialAsync(peer.Address, settings, store));
        await accepted.ContinueWith(_ => { }, TaskScheduler.Default);
        return error.Message;
    }

    private static async Task<string> ReadAsync(TlsTransport transport)
    {
        var buffer = new byte[64];
        return System.Text.Encoding.ASCII.GetString(buffer, 0, await transport.ReceiveAsync(buffer, default));
    }

    private static async Task Until(Func<bool> condition)
    {
        var end = TimeProvider.System.GetTimestamp() + (long)(Patience.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetTimestamp() < end, "It does not come to that.");
            await Task.Delay(5);
        }
    }
}
