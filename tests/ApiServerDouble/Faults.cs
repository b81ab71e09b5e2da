namespace Mesh.ApiServerDouble;

/// <summary>What goes wrong on request. All of it can be changed while the server runs.</summary>
public sealed class Faults
{
    private int _failures;
    private int _failWith;

    /// <summary>Between a watch event's first and second half, so that its bytes come in two reads.</summary>
    public TimeSpan SplitEvents { get; set; }

    /// <summary>Watches are ended in order after so many events; 0 never.</summary>
    public int EventsPerWatch { get; set; }

    /// <summary>Watches break off in the middle of an event after so many whole ones; 0 never.</summary>
    public int BreakAfterEvents { get; set; }

    /// <summary>How often bookmarks come.</summary>
    public TimeSpan BookmarkEvery { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>An old version is told inside of the watch (ERROR event) rather than by status 410.</summary>
    public bool GoneAsEvent { get; set; }

    /// <summary>The next so many requests are answered with a status.</summary>
    public void Fail(int requests, int status)
    {
        _failWith = status;
        Volatile.Write(ref _failures, requests);
    }

    /// <summary>What failing answers ask clients to wait, in whole seconds; null for nothing.</summary>
    public TimeSpan? RetryAfter { get; set; }

    /// <summary>Every request whose path holds this is answered with a status, until it is null.</summary>
    public (string Path, int Status)? FailPath { get; set; }

    /// <summary>Every request whose path holds this waits for a task before anything is done about it, until it is null.</summary>
    public (string Path, Task Until)? Hold { get; set; }

    internal Task WaitAsync(string path, CancellationToken cancellation) =>
        Hold is { } hold && path.Contains(hold.Path, StringComparison.Ordinal) ? hold.Until.WaitAsync(cancellation) : Task.CompletedTask;

    internal int? Take(string path)
    {
        if (FailPath is { } failing && path.Contains(failing.Path, StringComparison.Ordinal))
        {
            return failing.Status;
        }

        while (Volatile.Read(ref _failures) is > 0 and var left)
        {
            if (Interlocked.CompareExchange(ref _failures, left - 1, left) == left)
            {
                return _failWith;
            }
        }

        return null;
    }
}
