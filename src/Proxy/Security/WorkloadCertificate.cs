using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mesh.Proxy.Security.Tls;

namespace Mesh.Proxy.Security;

/// <summary>Who this proxy is and whom it trusts, at one moment: certificate with its key, the chain it shows, the roots of the mesh. Immutable.</summary>
internal sealed class WorkloadCertificate
{
    /// <param name="leaf">With its private key.</param>
    /// <param name="intermediates">What is shown behind it, nearest first, without the root; often empty.</param>
    /// <param name="roots">All that peers may chain to: more than one while roots are exchanged.</param>
    /// <param name="clockSkew">How far the control plane's clock is ahead of ours.</param>
    /// <exception cref="ArgumentException">The certificate names no SPIFFE id, or there is no root.</exception>
    public WorkloadCertificate(
        X509Certificate2 leaf,
        ImmutableArray<X509Certificate2> intermediates,
        ImmutableArray<X509Certificate2> roots,
        TimeSpan clockSkew = default
    )
    {
        Identity =
            PeerIdentity.Of(leaf) ?? throw new ArgumentException("The certificate does not name exactly one SPIFFE id.", nameof(leaf));
        if (roots.IsEmpty)
        {
            throw new ArgumentException("There is no root to trust.", nameof(roots));
        }

        Leaf = leaf;
        Intermediates = intermediates;
        Roots = roots;
        ClockSkew = clockSkew;
        Trust = new(roots, intermediates);
        Context = SslStreamCertificateContext.Create(leaf, [.. intermediates], offline: true);
    }

    /// <summary>Its SPIFFE id.</summary>
    public PeerIdentity Identity { get; }

    /// <summary>With its private key.</summary>
    public X509Certificate2 Leaf { get; }

    public ImmutableArray<X509Certificate2> Intermediates { get; }

    public ImmutableArray<X509Certificate2> Roots { get; }

    /// <summary>How far the control plane's clock is ahead of ours; within a second of zero where both are right.</summary>
    public TimeSpan ClockSkew { get; }

    /// <summary>Leaf and intermediates for either side of a handshake, made once: TLS sessions are resumed within one context.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Judges peers by these roots alone.</summary>
    public MeshTrust Trust { get; }

    /// <summary>The mesh's time, where our own clock is off.</summary>
    /// <param name="now">By our own clock.</param>
    public DateTimeOffset TimeOfMesh(DateTimeOffset now) => now + ClockSkew;

    /// <summary>The same identity with other roots.</summary>
    public WorkloadCertificate Trusting(ImmutableArray<X509Certificate2> roots) => new(Leaf, Intermediates, roots, ClockSkew);
}
