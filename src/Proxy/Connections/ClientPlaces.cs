namespace Mesh.Proxy.Connections;

/// <summary>Counts clients' connections against <see cref="TrafficLimits.MaxConnections"/>.</summary>
/// <param name="most">0 for no limit.</param>
internal sealed class ClientPlaces(int most)
{
    private int _taken;
    private long _refused;

    public int Taken => Volatile.Read(ref _taken);

    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>A place, to be disposed of at the connection's end; null where there is none.</summary>
    public IDisposable? TryTake()
    {
        if (Interlocked.Increment(ref _taken) <= most || most == 0)
        {
            return new Place(this);
        }

        Interlocked.Decrement(ref _taken);
        Interlocked.Increment(ref _refused);
        return null;
    }

    private sealed class Place(ClientPlaces owner) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                Interlocked.Decrement(ref owner._taken);
            }
        }
    }
}
