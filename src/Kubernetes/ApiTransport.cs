using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Kubernetes.Access;

namespace Mesh.Kubernetes;

/// <summary>The connections to one API server, whose certificate the authorities of the moment must vouch for.</summary>
internal sealed class ApiTransport : IDisposable
{
    private readonly ClusterAccess _access;
    private readonly Lock _gate = new();
    private X509Certificate2Collection _authorities;
    private volatile HttpMessageInvoker _invoker;
    private volatile X509Certificate2? _certificate;

    public ApiTransport(ClusterAccess access)
    {
        _access = access;
        _authorities = access.Authorities;
        _invoker = Connect();
    }

    /// <summary>Sends a request; once more where the cluster's authority turns out to have been exchanged.</summary>
    /// <param name="request">Makes it: none can be sent twice.</param>
    /// <param name="certificate">Of the client.</param>
    public async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> request,
        X509Certificate2? certificate,
        CancellationToken cancellation
    )
    {
        Show(certificate);
        for (var again = false; ; again = true)
        {
            var invoker = _invoker;
            try
            {
                using var message = request();
                return await invoker.SendAsync(message, cancellation);
            }
            catch (HttpRequestException e) when (!again && e.InnerException is AuthenticationException && TrustAnew(invoker))
            {
                // Nothing was sent: the handshake failed.
            }
            catch (HttpRequestException e) when (e.InnerException is AuthenticationException inner)
            {
                // The outer message only points to the inner one, which nobody is shown.
                throw new HttpRequestException(e.HttpRequestError, $"{_access.Server.Authority}: {Reason(inner)}", e);
            }
        }
    }

    public void Dispose() => _invoker.Dispose();

    // The reason in words is the innermost: what the handshake failed for.
    private static string Reason(Exception e) => e.InnerException is { } inner ? $"{e.Message} ({Reason(inner)})" : e.Message;

    // A connection shows the certificate that there was when it was made: another certificate needs others.
    private void Show(X509Certificate2? certificate)
    {
        if (certificate is null || ReferenceEquals(certificate, _certificate))
        {
            return;
        }

        lock (_gate)
        {
            if (_certificate is { } before && !before.Equals(certificate))
            {
                _invoker = Connect();
            }

            _certificate = certificate;
        }
    }

    // True where there is another invoker to try than the one that failed. What still runs over that one goes on.
    private bool TrustAnew(HttpMessageInvoker failed)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(failed, _invoker))
            {
                return true;
            }

            try
            {
                var authorities = new X509Certificate2Collection();
                if (_access.AuthorityFile is { } file)
                {
                    authorities.ImportFromPemFile(file);
                }

                if (authorities.All(_authorities.Contains))
                {
                    return false;
                }

                _authorities = authorities;
                _invoker = Connect();
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                // It is being exchanged; the next failure looks again.
                return false;
            }
        }
    }

    private HttpMessageInvoker Connect() =>
        new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.GZip,
                ConnectTimeout = TimeSpan.FromSeconds(10),
                ConnectCallback = ConnectAsync,
                PooledConnectionLifetime = TimeSpan.FromMinutes(10),
                SslOptions = Tls(),
                Proxy = _access.Proxy is { } proxy ? new WebProxy(proxy) : EnvironmentProxy.OfProcess(),
            }
        );

    // A server that vanished without a word, or a balancer that forgot a quiet connection, must not leave a watch waiting: 30 s, and three times 5 s.
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private SslClientAuthenticationOptions Tls()
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = _access.ServerName,
            LocalCertificateSelectionCallback = (_, _, _, _, _) => _certificate!,
        };
        if (_authorities.Count > 0)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(_authorities);
        }

        if (_access.SkipVerification)
        {
#pragma warning disable CA5359 // the user wrote insecure-skip-tls-verify
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return options;
    }
}
