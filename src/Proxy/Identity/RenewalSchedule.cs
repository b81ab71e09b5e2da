namespace Mesh.Proxy.Identity;

/// <summary>When a certificate is renewed: around half of the life that it has left when it comes, never two proxies in step.</summary>
internal static class RenewalSchedule
{
    /// <summary>The clock is asked at least so often: a machine that slept counts no time of its own.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private const double Earliest = 0.45;
    private const double Latest = 0.55;

    /// <param name="issuedAt">By the authority's clock.</param>
    /// <param name="draw">0 to 1.</param>
    public static DateTimeOffset DueAt(DateTimeOffset issuedAt, DateTimeOffset notAfter, double draw) =>
        issuedAt + ((notAfter - issuedAt) * (Earliest + ((Latest - Earliest) * draw)));

    /// <summary>How long to wait before the clock is asked again.</summary>
    public static TimeSpan Wait(DateTimeOffset now, DateTimeOffset due) =>
        due <= now ? TimeSpan.Zero
        : due - now < LongestWait ? due - now
        : LongestWait;
}
