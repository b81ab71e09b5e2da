namespace Mesh.Listening;

/// <summary>Of what may happen thousands of times a second, says once in a while how often it did.</summary>
internal sealed class RareReport(TimeProvider time)
{
    /// <summary>At most one report in so long.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private long _count;
    private long _reported;
    private long _at;

    /// <summary>How often it has happened.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>It has happened. True where that should be said now, and how often it has happened since it was said last.</summary>
    public bool Happened(out long times)
    {
        lock (_gate)
        {
            _count++;
            times = _count - _reported;
            if (_reported > 0 && time.GetElapsedTime(_at) < Interval)
            {
                return false;
            }

            (_reported, _at) = (_count, time.GetTimestamp());
            return true;
        }
    }
}
