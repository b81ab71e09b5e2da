namespace Mesh.Proxy;

/// <summary>
/// A bounded stack of things per core: the one used last is warm in its cache. In steady state there are as many as requests in flight; what does
/// not fit is left to the collector.
/// </summary>
/// <param name="isKept">No for one that has grown: it would hold its memory for ever.</param>
internal sealed class PerCorePool<T>(Func<T> create, Predicate<T> isKept)
    where T : class
{
    /// <summary>Kept per core.</summary>
    public const int MostPerCore = 256;

    private const int FirstPerCore = 8;

    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Stripe())];

    /// <summary>To be returned, or else left to the collector.</summary>
    public T Rent()
    {
        // A request may end on another core than it began on, so the others' are worth a look before a new one is made.
        var own = Own();
        for (var i = 0; i < _stripes.Length; i++)
        {
            if (_stripes[(own + i) % _stripes.Length].TryTake() is { } kept)
            {
                return kept;
            }
        }

        return create();
    }

    /// <summary>Nobody may use it, or memory of it, afterwards.</summary>
    public void Return(T item)
    {
        if (isKept(item))
        {
            _stripes[Own()].Keep(item);
        }
    }

    private int Own() => (int)((uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length);

    private sealed class Stripe
    {
        private readonly Lock _gate = new();
        private T[] _kept = new T[FirstPerCore];
        private int _count;

        public T? TryTake()
        {
            lock (_gate)
            {
                if (_count == 0)
                {
                    return null;
                }

                var item = _kept[--_count];
                _kept[_count] = null!; // who rents it may keep it from the pool
                return item;
            }
        }

        public void Keep(T item)
        {
            lock (_gate)
            {
                if (_count == MostPerCore)
                {
                    return;
                }

                if (_count == _kept.Length)
                {
                    Array.Resize(ref _kept, Math.Min(MostPerCore, _count * 2));
                }

                _kept[_count++] = item;
            }
        }
    }
}
