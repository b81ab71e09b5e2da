using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.ControlPlane.Identity;

/// <summary>All that an authority is at one moment: what signs, what will, and what else is trusted. Immutable; <see cref="RootRotation"/> makes the next one.</summary>
internal sealed record AuthorityState
{
    /// <summary>What signs now.</summary>
    public required SigningKey Signing { get; init; }

    /// <summary>Trusted already, signs later; null outside of a rotation.</summary>
    public SigningKey? Next { get; init; }

    /// <summary>Since when <see cref="Next"/> is told to everybody.</summary>
    public DateTimeOffset AnnouncedAt { get; init; }

    public ImmutableArray<RetiredRoot> Retired { get; init; } = [];

    /// <summary>The longest lifetime that any certificate under <see cref="Signing"/> was given: how long its root must stay trusted.</summary>
    public TimeSpan LongestLifetime { get; init; }

    /// <summary>The roots of an authority whose files somebody else made; empty for our own.</summary>
    public ImmutableArray<X509Certificate2> GivenRoots { get; init; } = [];

    /// <summary>Somebody else's certificate and key: never changed here.</summary>
    public bool IsGiven => !GivenRoots.IsEmpty;

    /// <summary>Everything that is to be trusted.</summary>
    public TrustBundle Bundle() =>
        new(IsGiven ? GivenRoots : [Signing.Root, .. Next is null ? [] : new[] { Next.Root }, .. Retired.Select(r => r.Root)]);

    /// <summary>A new authority with one root of its own.</summary>
    public static AuthorityState Create(string trustDomain, TimeSpan lifetime, DateTimeOffset now) =>
        new() { Signing = SigningKey.OfRoot(CertificateIssuer.CreateRoot(trustDomain, now)), LongestLifetime = lifetime };
}
