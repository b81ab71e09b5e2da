namespace Mesh.ControlPlane.Status;

/// <summary>How many writes are allowed at a moment: so many a second, and a burst. Pure: told the time.</summary>
internal sealed class TokenBucket
{
    private readonly double perSecond;
    private readonly double burst;
    private double tokens;
    private TimeSpan at;

    public TokenBucket(double perSecond, double burst) => (this.perSecond, this.burst, tokens) = (perSecond, burst, burst);

    /// <summary>Takes one; false where none is left beside those that are to stay.</summary>
    /// <param name="leave">For what matters more and may come any moment.</param>
    public bool TryTake(TimeSpan now, double leave = 0)
    {
        tokens = Math.Min(burst, tokens + ((now - at).TotalSeconds * perSecond));
        at = now;
        if (tokens < 1 + leave)
        {
            return false;
        }

        tokens--;
        return true;
    }
}
