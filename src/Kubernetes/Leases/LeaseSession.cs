namespace Mesh.Kubernetes.Leases;

/// <summary>
/// Decides who leads, as client-go's leader election does: a lease is taken when nobody has renewed it for its duration by our own clock, which
/// need not agree with anybody's; who cannot renew stops leading before others may begin. No I/O; times come in.
/// </summary>
internal sealed class LeaseSession(string identity, LeaseTimes times)
{
    private LeaseRecord? _seen;
    private TimeSpan _seenAt;
    private TimeSpan _renewedAt;

    public bool Leads { get; private set; }

    /// <summary>What to write over what was read; null where there is nothing to do.</summary>
    /// <param name="found">The lease as it stands; null where there is none.</param>
    /// <param name="uptime">Monotonic.</param>
    /// <param name="now">Wall clock, for people who look at the lease.</param>
    public LeaseRecord? Wish(LeaseRecord? found, TimeSpan uptime, DateTimeOffset now)
    {
        if (found is null)
        {
            return Mine(now, now, 0);
        }

        if (found.Holder == identity)
        {
            return Mine(found.AcquireTime, now, found.Transitions);
        }

        if (_seen != found)
        {
            // Somebody renewed it: its time counts from here.
            (_seen, _seenAt) = (found, uptime);
        }

        var duration = found.DurationSeconds > 0 ? TimeSpan.FromSeconds(found.DurationSeconds) : times.Duration;
        return found.Holder.Length == 0 || uptime - _seenAt >= duration ? Mine(now, now, found.Transitions + 1) : null;
    }

    /// <summary>How long the server may take: who leads must know in time that it does not any more, also where nobody answers.</summary>
    public TimeSpan Patience(TimeSpan uptime)
    {
        var left = Leads ? _renewedAt + times.RenewDeadline - uptime : times.RenewDeadline;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>The wish was written, or somebody else was quicker.</summary>
    /// <param name="uptime">Of the moment before it was sent: others may count from there, however late the answer is.</param>
    public void Wrote(bool written, TimeSpan uptime)
    {
        if (written)
        {
            (Leads, _renewedAt) = (true, uptime);
        }
        else
        {
            Leads = false;
        }
    }

    /// <summary>Somebody else holds the lease.</summary>
    public void Lost() => Leads = false;

    /// <summary>Reading or writing failed: leads on, but not longer than a lease may go without renewal.</summary>
    public void Failed(TimeSpan uptime)
    {
        if (Leads && uptime - _renewedAt >= times.RenewDeadline)
        {
            Leads = false;
        }
    }

    private LeaseRecord Mine(DateTimeOffset acquired, DateTimeOffset now, int transitions) =>
        new(identity, (int)times.Duration.TotalSeconds, acquired, now, transitions);
}
