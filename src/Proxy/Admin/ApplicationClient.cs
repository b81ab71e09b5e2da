using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Mesh.Proxy.Redirect;

namespace Mesh.Proxy.Admin;

/// <summary>Ways to the application from inside of the pod: there nothing has to be encrypted and nobody answers in its place.</summary>
internal sealed class ApplicationClient : IDisposable
{
    private readonly IPAddress _application;
    private readonly IPAddress? _source;

    public ApplicationClient(ProxyOptions options)
        : this(
            options.App ?? (options.Capture == CaptureMode.None ? IPAddress.Loopback : options.Node.Address),
            redirected: options.Capture != CaptureMode.None
        ) { }

    /// <param name="application">Where the application listens.</param>
    /// <param name="redirected">Whether connections to it would come back to this proxy.</param>
    public ApplicationClient(IPAddress application, bool redirected)
    {
        var ipv6 = application.AddressFamily == AddressFamily.InterNetworkV6;
        Host = ipv6 ? $"[{application}]" : application.ToString();
        _application = application;
        _source = !redirected ? null : IPAddress.Parse(ipv6 ? RedirectRules.PassthroughIpv6 : RedirectRules.PassthroughIpv4);
        Http = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
                ActivityHeadersPropagator = null,
                // A probe that reuses a connection says nothing of whether a new one could be made.
                PooledConnectionLifetime = TimeSpan.Zero,
                ConnectCallback = (context, cancellation) => DialAsync(context.DnsEndPoint.Port, cancellation),
                SslOptions = new SslClientAuthenticationOptions
                {
#pragma warning disable CA5359 // as the kubelet, which does not check either: pods answer with certificates of their own making
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
                },
            }
        );
    }

    /// <summary>The application's address, as URLs have it.</summary>
    public string Host { get; }

    /// <summary>Asks the application, whatever host the URL names; redirects are the caller's.</summary>
    public HttpMessageInvoker Http { get; }

    /// <summary>A connection to one of its ports.</summary>
    public async ValueTask<Stream> DialAsync(int port, CancellationToken cancellation)
    {
        var socket = new Socket(_application.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            Bind(socket);
            await socket.ConnectAsync(new IPEndPoint(_application, port), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => Http.Dispose();

    private void Bind(Socket socket)
    {
        try
        {
            if (_source is not null)
            {
                socket.Bind(new IPEndPoint(_source, 0));
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
        {
            // ::6 is there only where redirection of IPv6 was set up.
        }
    }
}
