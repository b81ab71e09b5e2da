using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Grpc;

/// <summary>How a channel to an <c>https</c> address knows its server and shows itself.</summary>
public sealed record GrpcTlsOptions
{
    /// <summary>The name in SNI and <c>:authority</c>, which the server's certificate must carry; default null, the host of the address.</summary>
    public string? TargetHost { get; init; }

    /// <summary>The only roots that are trusted; default null, the system's.</summary>
    public X509Certificate2Collection? TrustAnchors { get; init; }

    /// <summary>Gives the client certificate with its key; asked for each new connection, so a rotated one is used without a new channel. Default null, none.</summary>
    public Func<X509Certificate2?>? ClientCertificate { get; init; }

    /// <summary>The client certificate with its intermediates, for the whole life of the channel; instead of <see cref="ClientCertificate"/>. Default null.</summary>
    public SslStreamCertificateContext? ClientCertificateContext { get; init; }

    /// <summary>
    /// Decides on the server's certificate after its chain was found good, instead of the host name check
    /// (SPIFFE identities are URIs, not host names); default null, the host name decides.
    /// </summary>
    public Func<X509Certificate2, bool>? VerifyPeer { get; init; }
}
