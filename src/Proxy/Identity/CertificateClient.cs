using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf.Collections;
using Mesh.Grpc;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Security;
using Mesh.Startup;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Identity;

/// <summary>Asks the control plane for a certificate. The key is made here for each one, stays in memory, and is in no message, file or log. One caller at a time.</summary>
internal sealed class CertificateClient(Uri address, ControlPlaneTls tls, ProxyIdentityOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    // Whatever a clock shows below this is the way of the message and rounding.
    private static readonly TimeSpan SmallestSkew = TimeSpan.FromSeconds(2);

    private static readonly GrpcMethod<Pb.IstioCertificateRequest, Pb.IstioCertificateResponse> Method = new(
        CertificateMethods.CreateCertificatePath,
        Pb.IstioCertificateRequest.Parser,
        Pb.IstioCertificateResponse.Parser
    );

    // Kept until its certificate has come: a token that is good for one key must serve the attempt after a lost answer, too.
    private ECDsa? _key;

    /// <summary>A <see cref="CertificateFetch"/>.</summary>
    /// <exception cref="CertificateException">There is no certificate to be had now.</exception>
    public async Task<IssuedCertificate> FetchAsync(WorkloadCertificate? current, CancellationToken cancellation)
    {
        var key = _key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        var token = ReadToken(required: current is null);
        // A connection of its own: one that was kept would show the certificate that it began with.
        using var channel = new GrpcChannel(
            address,
            new GrpcChannelOptions
            {
                Tls = tls.Current(),
                UserAgent = NodeDescription.UserAgent,
                TimeProvider = time,
            }
        );
        var headers = new GrpcMetadata();
        if (token is not null)
        {
            headers.Add("authorization", "Bearer " + token.Reveal());
        }

        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(CallLimit);
            await using var call = channel.OpenDuplex(Method, new GrpcCallOptions { Headers = headers, CancellationToken = limit.Token });
            await call.WriteAsync(new Pb.IstioCertificateRequest { Csr = request.CreateSigningRequestPem() }, limit.Token);
            await call.CompleteWritesAsync();
            var clock = (await call.GetResponseHeadersAsync(limit.Token)).GetText(CertificateMethods.TimeHeader);
            if (!await call.MoveNextAsync(limit.Token))
            {
                throw new CertificateException($"{address} answered without a certificate");
            }

            var issued = Read(call.Current.CertChain, key, clock);
            _key = null;
            key.Dispose();
            return issued;
        }
        catch (GrpcException e)
        {
            throw new CertificateException($"{address}: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new CertificateException($"{address} did not answer within {CallLimit.TotalSeconds} s", e);
        }
    }

    public void Dispose() => _key?.Dispose();

    private IssuedCertificate Read(RepeatedField<string> chain, ECDsa key, string? clock)
    {
        // The answer's order is Istio's: the certificate, what is above it, last the roots.
        if (chain.Count < 2 || TrustedRoots.Parse(chain[^1]) is not { } roots)
        {
            throw new CertificateException($"{address} answered without the roots to trust");
        }

        var now = time.GetUtcNow();
        var theirs = DateTimeOffset.TryParse(clock, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var said)
            ? said
            : now;
        var skew = (theirs - now).Duration() < SmallestSkew ? TimeSpan.Zero : theirs - now;
        try
        {
            using var bare = X509Certificate2.CreateFromPem(chain[0]);
            var intermediates = chain.Skip(1).SkipLast(1).SelectMany(pem => TrustedRoots.Parse(pem)?.Certificates ?? []).ToImmutableArray();
            return new(new(bare.CopyWithPrivateKey(key), intermediates, roots.Certificates, skew), now + skew);
        }
        // Such as one that was made for another key.
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CertificateException($"{address} answered with a certificate that is of no use: {e.Message}", e);
        }
    }

    private Redacted? ReadToken(bool required)
    {
        try
        {
            var token = File.ReadAllText(options.Token).Trim();
            return token.Length > 0 ? new(token)
                : required ? throw new CertificateException("the file that --token names is empty")
                : null;
        }
        // Neither the value nor the system's message, which repeats it: somebody may have given the token itself instead of its file.
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return required ? throw new CertificateException($"the file that --token names cannot be read ({e.GetType().Name})") : null;
        }
    }
}
