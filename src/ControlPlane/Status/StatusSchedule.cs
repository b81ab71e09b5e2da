using System.Collections.Immutable;
using Mesh.Config;

namespace Mesh.ControlPlane.Status;

/// <summary>
/// Decides which object's status is written next, and when: news first, refused objects before others; then how far a recent change has got; numbers
/// of proxies last, after they have settled, and with what the others leave. The pure twin of <see cref="StatusWriter"/>: no I/O, told the time.
/// </summary>
internal sealed class StatusSchedule
{
    /// <summary>Writes a second, over all objects; as many as the controllers of Kubernetes itself make by default.</summary>
    public const double Rate = 20;

    /// <summary>Writes at once after a quiet time.</summary>
    public const double Burst = 40;

    /// <summary>Of the burst, what numbers of proxies never use up.</summary>
    public const double Reserve = 20;

    /// <summary>Other words, and how far a change has got, are written no more often than this for one object.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>How long after its change an object counts as changed.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromMinutes(1);

    /// <summary>A number of proxies is written after it has been another one for so long: proxies and replicas come and go.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    /// <summary>Numbers of proxies are written no more often than this for one object.</summary>
    public static readonly TimeSpan CountPeriod = TimeSpan.FromSeconds(30);

    // One write in so many goes to a number of proxies, whatever else there is: it may be late, but not for ever.
    private const int CountTurn = 8;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly Dictionary<ObjectKey, StatusEntry> entries = [];
    private readonly TokenBucket bucket = new(Rate, Burst);
    private TimeSpan pausedUntil;
    private TimeSpan pause = FirstPause;
    private long taken;

    /// <summary>Objects that have something to write, due or not.</summary>
    public int Waiting => entries.Values.Count(entry => entry.Change is not null);

    /// <summary>This process begins anew, as one that has just become the leader.</summary>
    public void Reset() => entries.Clear();

    /// <summary>What is known of objects now.</summary>
    public void See(IEnumerable<StatusSubject> subjects, DateTimeOffset date, TimeSpan now)
    {
        foreach (var subject in subjects)
        {
            if (entries.GetValueOrDefault(subject.Object.Key) is not { } entry || entry.Subject.Object.Uid != subject.Object.Uid)
            {
                entries[subject.Object.Key] = entry = new(subject, now);
                entry.Evaluate(subject, date, now);
            }
            else if (entry.IsStale || !entry.Subject.Equals(subject))
            {
                entry.Evaluate(subject, date, now);
            }
        }
    }

    /// <summary>There are no other objects than these.</summary>
    public void Keep(IReadOnlySet<ObjectKey> all)
    {
        foreach (var gone in entries.Keys.Where(key => !all.Contains(key)).ToArray())
        {
            entries.Remove(gone);
        }
    }

    /// <summary>What is to be written now, in this order; the caller asks <see cref="TryTake"/> before each.</summary>
    public ImmutableArray<StatusEntry> Due(TimeSpan now)
    {
        if (now < pausedUntil)
        {
            return [];
        }

        var due = entries.Values.Where(entry => entry.Change is not null && entry.DueAt <= now).ToLookup(entry => entry.IsCount);
        var first = due[false].OrderBy(entry => entry.Rank).ThenBy(entry => entry.DueAt).ThenBy(entry => entry.Subject.Object.Key);
        var counts = new Queue<StatusEntry>(due[true].OrderBy(entry => entry.WrittenAt).ThenBy(entry => entry.Subject.Object.Key));
        var order = ImmutableArray.CreateBuilder<StatusEntry>();
        foreach (var entry in first)
        {
            if ((taken + order.Count) % CountTurn == CountTurn - 1 && counts.TryDequeue(out var count))
            {
                order.Add(count);
            }

            order.Add(entry);
        }

        order.AddRange(counts);
        return order.ToImmutable();
    }

    /// <summary>Whether the rate allows this one now.</summary>
    public bool TryTake(StatusEntry entry, TimeSpan now)
    {
        // Its turn among others is not the reserve's matter.
        if (now < pausedUntil || !bucket.TryTake(now, entry.IsCount && taken % CountTurn != CountTurn - 1 ? Reserve : 0))
        {
            return false;
        }

        taken++;
        return true;
    }

    /// <summary>It was written.</summary>
    /// <param name="version">Of the object as it stands now.</param>
    /// <param name="status">As it stands there now.</param>
    public void Written(StatusEntry entry, string version, ReadOnlyMemory<byte> status, TimeSpan now)
    {
        pause = FirstPause;
        entry.Wrote(version, status, now);
    }

    /// <summary>The server refused this one: somebody else changed the object, or it is not to be written.</summary>
    public void Refused(StatusEntry entry, TimeSpan now)
    {
        pause = FirstPause;
        entry.Retry(now);
    }

    /// <summary>The server cannot be asked at the moment, for any of them; longer each time.</summary>
    /// <param name="atLeast">The pause that the server asks for; null where it says nothing.</param>
    public void Unavailable(TimeSpan now, TimeSpan? atLeast)
    {
        pausedUntil = now + (atLeast > pause ? atLeast.Value : pause);
        pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
    }
}
