namespace Mesh.Proxy.Http;

/// <summary>A bounded stack of exchanges per core: the one used last is warm in its cache. What does not fit is left to the collector.</summary>
internal sealed class Http1ExchangePool(Func<Http1Exchange> create)
{
    // An exchange holds some 30 KiB; in steady state there are as many as requests in flight.
    private const int MostPerCore = 256;
    private const int LargestKept = 128 * 1024;

    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Stripe())];

    public Http1Exchange Rent()
    {
        // A request may end on another core than it began on, so the others' are worth a look before a new one is made.
        var own = (int)((uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length);
        for (var i = 0; i < _stripes.Length; i++)
        {
            if (_stripes[(own + i) % _stripes.Length].TryTake() is { } kept)
            {
                return kept;
            }
        }

        return create();
    }

    /// <summary>Nobody may use it or a span of it afterwards.</summary>
    public void Return(Http1Exchange exchange)
    {
        exchange.Reset();
        if (exchange.Capacity > LargestKept)
        {
            return;
        }

        var stripe = Own();
        lock (stripe.Gate)
        {
            if (stripe.Count == stripe.Kept.Length)
            {
                if (stripe.Count == MostPerCore)
                {
                    return;
                }

                Array.Resize(ref stripe.Kept, Math.Min(MostPerCore, stripe.Count * 2));
            }

            stripe.Kept[stripe.Count++] = exchange;
        }
    }

    private Stripe Own() => _stripes[(uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length];

    private sealed class Stripe
    {
        public Http1Exchange[] Kept = new Http1Exchange[8];
        public int Count;

        public Lock Gate { get; } = new();

        public Http1Exchange? TryTake()
        {
            lock (Gate)
            {
                return Count > 0 ? Kept[--Count] : null;
            }
        }
    }
}
