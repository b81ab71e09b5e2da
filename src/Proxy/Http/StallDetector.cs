namespace Mesh.Proxy.Http;

/// <summary>Notices that nothing moves, from a few looks at a count of what does: what moves needs no clock. Late by one look at most.</summary>
internal struct StallDetector
{
    private const int Looks = 4;

    private long _seen;
    private int _quiet;

    /// <summary>How far apart the looks are for a limit.</summary>
    public static TimeSpan Between(TimeSpan limit) => limit / Looks;

    public void Begin(long moved) => (_seen, _quiet) = (moved, 0);

    /// <summary>True where nothing has moved since several looks ago.</summary>
    /// <param name="mayRest">Nobody waits for anything to move.</param>
    public bool Look(long moved, bool mayRest)
    {
        if (moved != _seen || mayRest)
        {
            Begin(moved);
            return false;
        }

        return ++_quiet >= Looks;
    }
}
