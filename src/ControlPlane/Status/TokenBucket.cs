namespace Mesh.ControlPlane.Status;

/// <summary>How many writes are allowed at a moment: so many a second, and a burst. Pure: told the time.</summary>
internal sealed class TokenBucket
{
    private readonly double perSecond;
    private readonly double burst;
    private double tokens;
    private TimeSpan at;

    public TokenBucket(double perSecond, double burst) => (this.perSecond, this.burst, tokens) = (perSecond, burst, burst);

    /// <summary>Takes one; false where none is left.</summary>
    public bool TryTake(TimeSpan now)
    {
        tokens = Math.Min(burst, tokens + ((now - at).TotalSeconds * perSecond));
        at = now;
        if (tokens < 1)
        {
            return false;
        }

        tokens--;
        return true;
    }
}
