using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Security.Tls;

/// <summary>A TLS server of the runtime's own, one connection at a time, in the test's hands.</summary>
internal sealed class TlsPeer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly SslServerAuthenticationOptions _options;

    public TlsPeer(X509Certificate2 certificate, bool asksForCertificate = false, params string[] protocols)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _options = new()
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true),
            ClientCertificateRequired = asksForCertificate,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
#pragma warning disable CA5359 // the tests look at it themselves
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
            ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols.Select(name => new SslApplicationProtocol(name))],
        };
    }

    /// <param name="chain">Shown behind the certificate.</param>
    public TlsPeer(X509Certificate2 certificate, X509Certificate2[] chain)
        : this(certificate) =>
        _options.ServerCertificateContext = SslStreamCertificateContext.Create(certificate, [.. chain], offline: true);

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    public async Task<TlsTransport> AcceptAsync()
    {
        var socket = await _listener.AcceptAsync();
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsServerAsync(_options);
        return new TlsTransport(stream, socket);
    }

    public void Dispose() => _listener.Dispose();
}
