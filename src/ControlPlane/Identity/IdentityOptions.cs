using System.Collections.Immutable;
using System.Net;

namespace Mesh.ControlPlane.Identity;

/// <summary>Start-up settings of the authority and of the port that it secures.</summary>
internal sealed record IdentityOptions
{
    /// <summary>How long a certificate lives unless another time is given.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(24);

    /// <summary>What the control plane is called inside of a cluster.</summary>
    public const string ServiceName = "istiod";

    /// <summary>Where xDS and certificates are served over TLS; default 127.0.0.1:15012.</summary>
    public IPEndPoint SecureAds { get; init; } = new(IPAddress.Loopback, 15012);

    /// <summary>Where the authority and what belongs to it is kept; default null, in whatever other store there is.</summary>
    public string? Directory { get; init; }

    /// <summary>A file of join tokens, which needs <see cref="Directory"/>; default null, none are taken.</summary>
    public string? JoinTokens { get; init; }

    /// <summary>The longest life of a certificate; default 24 h, at least 10 s.</summary>
    public TimeSpan Lifetime { get; init; } = DefaultLifetime;

    /// <summary>Names and addresses by which proxies reach the secure port, beside those that always hold; default none.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>All names of the serving certificate.</summary>
    /// <param name="rootNamespace">Where the control plane runs in a cluster.</param>
    public ImmutableArray<string> ServingNames(string rootNamespace) =>
        [
            .. new[]
            {
                $"{ServiceName}.{rootNamespace}.svc",
                $"{ServiceName}.{rootNamespace}.svc.cluster.local",
                $"{ServiceName}.{rootNamespace}",
                "localhost",
                IPAddress.Loopback.ToString(),
                IPAddress.IPv6Loopback.ToString(),
            }
                .Concat(
                    SecureAds.Address.Equals(IPAddress.Any) || SecureAds.Address.Equals(IPAddress.IPv6Any)
                        ? []
                        : [SecureAds.Address.ToString()]
                )
                .Concat(Names)
                .Distinct(StringComparer.Ordinal),
        ];
}
