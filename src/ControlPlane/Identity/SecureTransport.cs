using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Mesh.Http2;
using Mesh.Listening;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.ControlPlane.Identity;

/// <summary>TLS of the secure port: our own serving certificate, and of clients one of the mesh's or none at all.</summary>
internal sealed class SecureTransport(CertificateAuthority authority, ServingCertificate serving, RefusalLog refusals, TimeProvider time)
{
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    public void Listen(KestrelServerOptions kestrel, IPEndPoint address) =>
        kestrel.Listen(
            address,
            listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(kestrel.ApplicationServices.GetRequiredService<PortLimits>().Streams("secure_ads"));
                listen.UseHttps(
                    new TlsHandshakeCallbackOptions { HandshakeTimeout = HandshakeTimeout, OnConnection = context => new(Accept(context)) }
                );
                // Behind TLS, where there are frames.
                listen.Use(kestrel.ApplicationServices.GetRequiredService<Http2FloodGuard>().Guard);
            }
        );

    private SslServerAuthenticationOptions Accept(TlsHandshakeCallbackContext context) =>
        new()
        {
            ServerCertificateContext = serving.Current(),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            AllowRenegotiation = false,
            // Who resumes a session does not show what vouches for its certificate; connections are few here.
            AllowTlsResume = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            // Asks for one; who has none may prove itself by a token.
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                certificate is null || IsGood(certificate, chain, context.Connection.RemoteEndPoint),
        };

    private bool IsGood(X509Certificate certificate, X509Chain? chain, EndPoint? peer)
    {
        var shown = certificate as X509Certificate2 ?? X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        var problem = authority.Bundle.Judge(shown, chain?.ChainPolicy.ExtraStore ?? [], time.GetUtcNow());
        if (problem.Length > 0)
        {
            var identity = WorkloadIdentity.Of(shown)?.Uri ?? "nobody of the mesh";
            refusals.Add($"{peer}", problem, $"Refused {peer}: its client certificate, which says {identity}, is not good: {problem}");
        }

        return problem.Length == 0;
    }
}
