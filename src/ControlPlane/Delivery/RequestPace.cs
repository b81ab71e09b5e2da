namespace Mesh.ControlPlane.Delivery;

/// <summary>How fast the requests of one stream are read: a client that sends without a pause is held back by its own windows and costs the others little.</summary>
internal sealed class RequestPace(int burst, TimeProvider time)
{
    private readonly double perSecond = burst / 10.0;
    private double left = burst;
    private long at = time.GetTimestamp();

    /// <summary>One more was read.</summary>
    /// <returns>How long the next has to wait; zero mostly.</returns>
    public TimeSpan Read()
    {
        var now = time.GetTimestamp();
        left = Math.Min(burst, left + (time.GetElapsedTime(at, now).TotalSeconds * perSecond)) - 1;
        at = now;
        return left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-left / perSecond);
    }
}
