using System.Security.Cryptography.X509Certificates;

namespace Mesh.ControlPlane.Identity;

/// <summary>
/// Pure: the three steps from one root to the next, and when each is safe. Announce: everybody trusts the new one. Activate: it signs. Finish: the
/// old one is trusted no more, once nothing under it can be alive.
/// </summary>
internal static class RootRotation
{
    /// <summary>What clocks and the control plane's replicas may differ by, added to every wait.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromMinutes(5);

    /// <summary>When every certificate from before the announcement has been renewed, and with it everybody has the new root.</summary>
    public static DateTimeOffset AnnouncedToAll(AuthorityState state) => state.AnnouncedAt + state.LongestLifetime + Slack;

    /// <summary>Null where a new root cannot be announced now, with the reason.</summary>
    public static AuthorityState? Announce(AuthorityState state, DateTimeOffset now, out string refusal)
    {
        refusal =
            state.IsGiven ? Given
            : state.Next is not null ? "a new root is announced already; activate it first"
            : "";
        return refusal.Length > 0
            ? null
            : state with
            {
                Next = SigningKey.OfRoot(CertificateIssuer.CreateRoot(Organization(state.Signing.Root), now)),
                AnnouncedAt = now,
            };
    }

    /// <summary>Null where the new root must not sign yet, with the reason.</summary>
    /// <param name="heldByAll">Every connected proxy has confirmed the new root.</param>
    public static AuthorityState? Activate(AuthorityState state, bool heldByAll, DateTimeOffset now, out string refusal)
    {
        refusal =
            state.IsGiven ? Given
            : state.Next is null ? "no new root is announced"
            : !heldByAll && now < AnnouncedToAll(state)
                ? $"not every proxy is known to trust the new root; that is certain at {AnnouncedToAll(state):yyyy-MM-dd'T'HH:mm:ss'Z'}"
            : "";
        return refusal.Length > 0
            ? null
            : state with
            {
                Signing = state.Next!,
                Next = null,
                Retired = [.. state.Retired, new RetiredRoot(state.Signing.Root, now + state.LongestLifetime + Slack)],
            };
    }

    /// <summary>Null where no old root can go yet, with the reason.</summary>
    public static AuthorityState? Finish(AuthorityState state, DateTimeOffset now, out string refusal)
    {
        var kept = state.Retired.RemoveAll(root => root.LastExpiry <= now);
        refusal =
            state.IsGiven ? Given
            : state.Retired.IsEmpty ? "there is no old root"
            : kept.Length == state.Retired.Length
                ? $"certificates under the old root may be in use until {kept.Min(root => root.LastExpiry):yyyy-MM-dd'T'HH:mm:ss'Z'}"
            : "";
        return refusal.Length > 0 ? null : state with { Retired = kept };
    }

    /// <summary>Roots are named by the trust domain, see <see cref="CertificateIssuer.CreateRoot"/>.</summary>
    private static string Organization(X509Certificate2 root) =>
        root
            .SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(name => name.GetSingleElementType().Value == "2.5.4.10")
            .Select(name => name.GetSingleElementValue() ?? "")
            .First();

    private const string Given =
        "this authority uses files that somebody else made; put the new root beside the old one into root-cert.pem, wait, then exchange ca-cert.pem and ca-key.pem";
}
