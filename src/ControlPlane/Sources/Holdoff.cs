namespace Mesh.ControlPlane.Sources;

/// <summary>
/// When to act on a burst of signals: once it was quiet for a while, but not later than a limit after the first. Pure: told the time.
/// </summary>
/// <param name="quiet">How long nothing must have happened.</param>
/// <param name="limit">Longest wait since the first signal.</param>
internal sealed class Holdoff(TimeSpan quiet, TimeSpan limit)
{
    private TimeSpan? first;
    private TimeSpan last;

    /// <summary>Something happened at this time.</summary>
    public void Signal(TimeSpan now)
    {
        first ??= now;
        last = now;
    }

    /// <summary>How long to wait from now; zero to act; null if nothing happened.</summary>
    public TimeSpan? Remaining(TimeSpan now)
    {
        if (first is not { } start)
        {
            return null;
        }

        var due = last + quiet < start + limit ? last + quiet : start + limit;
        return due > now ? due - now : TimeSpan.Zero;
    }

    /// <summary>Acted: the next signal starts anew.</summary>
    public void Reset() => first = null;
}
