using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;

namespace Mesh.Grpc;

/// <summary>
/// Calls to one server over HTTP/2, with prior knowledge for <c>http</c> and ALPN for <c>https</c>. Connects with the first call and
/// again after a loss; safe for concurrent use.
/// </summary>
public sealed class GrpcChannel : IDisposable
{
    private readonly HttpMessageInvoker _invoker;
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Makes a channel; nothing is connected yet.</summary>
    /// <param name="address">Scheme, host and port of the server.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    public GrpcChannel(Uri address, GrpcChannelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (
            !address.IsAbsoluteUri
            || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps)
            || address.AbsolutePath != "/"
        )
        {
            throw new ArgumentException(
                $"The address \"{address}\" must be http://host:port or https://host:port, without a path.",
                nameof(address)
            );
        }
        Options = options ?? new GrpcChannelOptions();
        Options.Check();
        Address = address;
        Closing = _closing.Token;
        _invoker = new HttpMessageInvoker(CreateHandler(Options));
    }

    /// <summary>Where calls go.</summary>
    public Uri Address { get; }

    internal GrpcChannelOptions Options { get; }

    /// <summary>Cancelled when the channel is disposed: SocketsHttpHandler alone would let open streams live on.</summary>
    internal CancellationToken Closing { get; }

    /// <summary>One request, one response.</summary>
    /// <exception cref="GrpcException">The call did not end with OK.</exception>
    public async Task<TResponse> UnaryAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        TRequest request,
        GrpcCallOptions? options = null
    )
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var call = OpenDuplex(method, options);
        await call.WriteOnlyAsync(request);
        // statuscodes.md: a response cardinality violation is UNIMPLEMENTED.
        if (!await call.MoveNextAsync())
        {
            throw new GrpcException(GrpcStatusCode.Unimplemented, $"{method.FullName} ended with OK and without a response message");
        }
        var response = call.Current;
        return await call.MoveNextAsync()
            ? throw new GrpcException(GrpcStatusCode.Unimplemented, $"{method.FullName} answered with more than one response message")
            : response;
    }

    /// <summary>Opens a call with streams of requests and responses; dispose it to end it early.</summary>
    public GrpcDuplexCall<TRequest, TResponse> OpenDuplex<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        GrpcCallOptions? options = null
    )
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(method);
        ObjectDisposedException.ThrowIf(Closing.IsCancellationRequested, this);
        return new GrpcDuplexCall<TRequest, TResponse>(this, method, options ?? new GrpcCallOptions());
    }

    /// <summary>Ends all calls and closes all connections.</summary>
    public void Dispose()
    {
        _closing.Cancel();
        _invoker.Dispose();
        _closing.Dispose();
    }

    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _invoker.SendAsync(request, cancellationToken);

    private static SocketsHttpHandler CreateHandler(GrpcChannelOptions options) =>
        new()
        {
            // A call is exactly what its caller wrote: nothing is added, followed, decoded or sent elsewhere.
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = options.ConnectTimeout,
            ConnectCallback = options.Dial is { } dial ? (context, cancellation) => dial(context.DnsEndPoint, cancellation) : null,
            PooledConnectionIdleTimeout = options.IdleTimeout,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            KeepAlivePingDelay = options.KeepAliveInterval,
            KeepAlivePingTimeout = options.KeepAliveTimeout,
            KeepAlivePingPolicy = options.KeepAliveWithoutCalls
                ? HttpKeepAlivePingPolicy.Always
                : HttpKeepAlivePingPolicy.WithActiveRequests,
            SslOptions = CreateTls(options.Tls ?? new GrpcTlsOptions()),
        };

    private static SslClientAuthenticationOptions CreateTls(GrpcTlsOptions tls)
    {
        var options = new SslClientAuthenticationOptions
        {
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ClientCertificateContext = tls.ClientCertificateContext,
        };
        if (tls.TrustAnchors is { } anchors)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(anchors);
            options.CertificateChainPolicy = policy;
        }
        if (tls.ClientCertificate is { } source)
        {
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => source()!;
        }
        if (tls.VerifyPeer is { } verify)
        {
            options.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None
                && certificate is X509Certificate2 peer
                && verify(peer);
        }
        return options;
    }
}
