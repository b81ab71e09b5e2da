namespace Mesh.Proxy.Routing;

/// <summary>A bounded pool of heads: each core has its own few slots, so that cores rarely meet; what does not fit is left to the collector.</summary>
internal sealed class RequestHeadPool
{
    /// <summary>Heads kept per core.</summary>
    public const int SlotsPerCore = 64;

    // A head that once held a huge request would keep its buffer for ever.
    private const int LargestKept = 64 * 1024;

    private readonly Stripe[] _stripes;

    public RequestHeadPool()
        : this(Environment.ProcessorCount) { }

    internal RequestHeadPool(int cores)
    {
        _stripes = new Stripe[cores];
        for (var i = 0; i < cores; i++)
        {
            _stripes[i] = new Stripe();
        }
    }

    public RequestHead Rent()
    {
        var stripe = Own();
        var head = Interlocked.Exchange(ref stripe.Hot, null);
        if (head is not null)
        {
            return head;
        }

        foreach (ref var slot in stripe.Slots.AsSpan())
        {
            if (slot is not null && Interlocked.Exchange(ref slot, null) is { } kept)
            {
                return kept;
            }
        }

        return new RequestHead();
    }

    /// <summary>Nobody may read the head or a span of it afterwards.</summary>
    public void Return(RequestHead head)
    {
        if (head.Capacity > LargestKept)
        {
            return;
        }

        var stripe = Own();
        if (stripe.Hot is null && Interlocked.CompareExchange(ref stripe.Hot, head, null) is null)
        {
            return;
        }

        foreach (ref var slot in stripe.Slots.AsSpan())
        {
            if (slot is null && Interlocked.CompareExchange(ref slot, head, null) is null)
            {
                return;
            }
        }
    }

    private Stripe Own() => _stripes[(uint)Thread.GetCurrentProcessorId() % (uint)_stripes.Length];

    private sealed class Stripe
    {
        public RequestHead? Hot;

        public RequestHead?[] Slots { get; } = new RequestHead?[SlotsPerCore];
    }
}
