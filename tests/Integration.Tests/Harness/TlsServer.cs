using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A TLS server that says its name to whoever connects, and goes.</summary>
internal sealed class TlsServer : IDisposable
{
    public const int Port = 9443;

    private readonly string _name;
    private readonly TcpListener _listener;
    private readonly X509Certificate2 _certificate;

    public TlsServer(string name)
    {
        _name = name;
        Address = LoopbackSubnet.NextAddress();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        _certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(100));
        _listener = new TcpListener(IPAddress.Parse(Address), Port);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address { get; }

    public void Dispose()
    {
        _listener.Dispose();
        _certificate.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = GreetAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task GreetAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(_certificate);
                await tls.WriteAsync(Encoding.ASCII.GetBytes($"this is {_name}\n"));
                await tls.ShutdownAsync();
            }
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // A client that left.
        }
    }
}
