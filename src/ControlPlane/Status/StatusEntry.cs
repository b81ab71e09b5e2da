using System.Collections.Immutable;
using Mesh.Config;

namespace Mesh.ControlPlane.Status;

/// <summary>What <see cref="StatusSchedule"/> knows of one object: what there is to write, since when, and what was written.</summary>
internal sealed class StatusEntry
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(10);

    private (string Over, string Version, ReadOnlyMemory<byte> Status)? written;
    private TimeSpan changedAt;
    private TimeSpan notBefore;
    private TimeSpan retry = FirstRetry;

    public StatusEntry(StatusSubject subject, TimeSpan now)
    {
        Subject = subject;
        // What stands there is as good as written now, so that a new leader lets proxies come back before it counts them.
        (WrittenAt, changedAt) = (now, now - StatusSchedule.Recent);
    }

    public StatusSubject Subject { get; private set; }

    /// <summary>Null where the status is as it should be.</summary>
    public StatusChange? Change { get; private set; }

    /// <summary>What is to be written was made before something else happened to the entry.</summary>
    public bool IsStale { get; private set; }

    /// <summary>The time from which the present change may be written.</summary>
    public TimeSpan DueAt { get; private set; }

    public TimeSpan WrittenAt { get; private set; }

    /// <summary>A number of an object that did not change lately: it comes after everything else.</summary>
    public bool IsCount { get; private set; }

    /// <summary>The lower, the sooner, among what is no count.</summary>
    public int Rank =>
        Change is { Kind: StatusChangeKind.News, IsProblem: true } ? 0
        : Change is { Kind: StatusChangeKind.News } ? 1
        : 2;

    /// <summary>The version that a write is to be made over: a watch may not have seen our last one yet.</summary>
    public string ResourceVersion => Standing?.Version ?? Subject.Object.ResourceVersion;

    private (string Over, string Version, ReadOnlyMemory<byte> Status)? Standing =>
        written is { } last && last.Over == Subject.Object.ResourceVersion ? last : null;

    /// <summary>Takes what is known now.</summary>
    public void Evaluate(StatusSubject subject, DateTimeOffset date, TimeSpan now)
    {
        var (before, had) = (Subject, Change?.Kind);
        Subject = subject;
        IsStale = false;
        if (before.Object.ResourceVersion != subject.Object.ResourceVersion)
        {
            // Somebody changed it: what was refused before may be taken now.
            (notBefore, retry, had) = (default, FirstRetry, null);
        }

        if (before.Since != subject.Since || before.Object.Generation != subject.Object.Generation)
        {
            changedAt = now;
        }

        Change = ObjectStatus.Next(
            Standing?.Status ?? subject.Object.Status,
            subject.Object.Generation,
            Distinct(subject.Object.Diagnostics, subject.Findings),
            subject.Object.InForce is not null,
            subject.Programmed,
            date
        );
        if (Change is null)
        {
            return;
        }

        if (Change.Kind == StatusChangeKind.News && subject.Object.Status.IsEmpty)
        {
            changedAt = now;
        }

        Schedule(had == Change.Kind ? DueAt : null, now);
    }

    /// <summary>The change was written; the next evaluation is against what stands there now.</summary>
    public void Wrote(string version, ReadOnlyMemory<byte> status, TimeSpan now)
    {
        written = (Subject.Object.ResourceVersion, version, status);
        (WrittenAt, Change, IsStale, notBefore, retry) = (now, null, true, default, FirstRetry);
    }

    /// <summary>The change was refused: again later, and sooner where the object changes.</summary>
    public void Retry(TimeSpan now)
    {
        notBefore = now + retry;
        retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
        (written, IsStale) = (null, true);
        DueAt = Later(DueAt, notBefore);
    }

    // | change         | object changed lately   | due                                                       |
    // | news           |                         | at once                                                   |
    // | other words    |                         | 5 s after the last write                                  |
    // | number         | yes, all have it        | at once                                                   |
    // | number         | yes                     | 5 s after the last write                                  |
    // | number         | no                      | once it was so for 5 s, and 30 s after the last write     |
    private void Schedule(TimeSpan? first, TimeSpan now)
    {
        var isRecent = now - changedAt < StatusSchedule.Recent;
        var isComplete = Subject.Programmed is { Of: > 0 } all && all.Have == all.Of;
        var wasCount = IsCount;
        IsCount = Change!.Kind == StatusChangeKind.Count && !isRecent;
        var due =
            Change.Kind == StatusChangeKind.News || (Change.Kind == StatusChangeKind.Count && isRecent && isComplete) ? first ?? now
            : !IsCount ? Later(WrittenAt + StatusSchedule.Period, now)
            : wasCount && first is { } known ? known
            : Later(WrittenAt + StatusSchedule.CountPeriod, now + StatusSchedule.Settling);
        DueAt = Later(due, notBefore);
    }

    private static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static ImmutableArray<Diagnostic> Distinct(ImmutableArray<Diagnostic> own, ImmutableArray<Diagnostic> findings) =>
        findings.IsEmpty ? own : [.. own.Concat(findings).Distinct()];
}
