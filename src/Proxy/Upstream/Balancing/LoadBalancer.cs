using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>
/// Chooses the endpoint of one attempt: a group by priority and locality, then one of its endpoints in the way of its kind. Built for a fixed
/// endpoint list. Picks take no lock and allocate nothing, but for the first after a change of health, which makes the new table.
/// </summary>
internal abstract class LoadBalancer(ImmutableArray<Endpoint> endpoints, BalancerSettings settings, Random random, TimeProvider time)
{
    // Tables of warming endpoints are made anew this many times in a window.
    private const int WarmingSteps = 100;

    private const int Redraws = 3;

    private readonly Lock _gate = new();
    private PickTable? _table;

    public BalancerSettings Settings { get; } = settings;

    /// <summary>Asked by several threads at once.</summary>
    protected Random Random { get; } = random;

    protected TimeProvider Time { get; } = time;

    protected ImmutableArray<Endpoint> Endpoints { get; } = endpoints;

    /// <summary>Whether localities are merged into one group, with their weights in those of their endpoints.</summary>
    protected virtual bool MergesLocalities => false;

    /// <summary>In turn, weights as a smooth sequence.</summary>
    public static LoadBalancer RoundRobin(ImmutableArray<Endpoint> endpoints) =>
        Create(endpoints, new(BalancerKind.RoundRobin), Random.Shared, TimeProvider.System);

    /// <summary>The balancer of these settings.</summary>
    /// <param name="random">Asked by several threads at once: <see cref="System.Random.Shared"/> outside tests.</param>
    public static LoadBalancer Create(ImmutableArray<Endpoint> endpoints, BalancerSettings settings, Random random, TimeProvider time) =>
        settings.Kind switch
        {
            BalancerKind.LeastRequest => new LeastRequestBalancer(endpoints, settings, random, time),
            BalancerKind.Random => new RandomBalancer(endpoints, settings, random, time),
            BalancerKind.RingHash => new RingHashBalancer(endpoints, settings, random, time),
            BalancerKind.Maglev => new MaglevBalancer(endpoints, settings, random, time),
            BalancerKind.PeakEwma => new PeakEwmaBalancer(endpoints, settings, random, time),
            _ => new RoundRobinBalancer(endpoints, settings, random, time),
        };

    /// <summary>Index into <see cref="Cluster.Endpoints"/>, or -1 where nothing can be picked.</summary>
    public int Pick(in PickContext context)
    {
        var table = Table(context);
        if (table.Groups.IsEmpty)
        {
            return -1;
        }

        var picked = Draw(table, context);
        return context.Avoid.IsEmpty || !IsAvoided(context, picked) ? picked : Another(table, context, picked);
    }

    /// <summary>An endpoint answered after this time; for balancers that go by it.</summary>
    public virtual void Answered(Endpoint endpoint, TimeSpan latency) { }

    /// <summary>One of the table's groups, of which there are several, by their shares.</summary>
    protected virtual int ChooseGroup(PickTable table, in PickContext context) => table.Shares.At(Point());

    /// <summary>The endpoint index of one of the group's members.</summary>
    protected abstract int Choose(PickGroup group, bool alone, in PickContext context);

    /// <summary>One that is not avoided, after <paramref name="taken"/>, which is; that one where there is no other.</summary>
    protected virtual int Another(PickTable table, in PickContext context, int taken)
    {
        for (var i = 0; i < Redraws; i++)
        {
            var picked = Draw(table, context);
            if (!IsAvoided(context, picked))
            {
                return picked;
            }
        }

        foreach (var group in table.Groups)
        {
            var start = Random.Next(group.Count);
            for (var i = 0; i < group.Count; i++)
            {
                var member = group[(start + i) % group.Count];
                if (!IsAvoided(context, member))
                {
                    return member;
                }
            }
        }

        return taken;
    }

    protected virtual PickGroup MakeGroup(int[] members, double[] weights) => new(members, weights);

    protected bool IsAvoided(in PickContext context, int endpoint)
    {
        var candidate = Endpoints[endpoint];
        foreach (var avoided in context.Avoid)
        {
            if (ReferenceEquals(avoided, candidate))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A point of the 32-bit circle.</summary>
    protected uint Point() => (uint)Random.NextInt64(1L << 32);

    protected PickGroup Group(PickTable table, in PickContext context) =>
        table.Groups[table.Groups.Length == 1 ? 0 : ChooseGroup(table, context)];

    private int Draw(PickTable table, in PickContext context) => Choose(Group(table, context), table.Groups.Length == 1, context);

    private PickTable Table(in PickContext context)
    {
        var table = Volatile.Read(ref _table);
        if (table is null || table.Generation != context.Cluster.State.HealthGeneration || IsOver(table))
        {
            table = Renew(context.Cluster, table);
        }

        return context.AvoidPriorities == 0 ? table : Without(context.AvoidPriorities, context.Cluster, table);
    }

    private bool IsOver(PickTable table) => table.Expires != long.MaxValue && Time.GetTimestamp() >= table.Expires;

    // Whoever picks after an ejection picks without the ejected one, so while the table is made the others wait. Where nothing has changed but the
    // time, one request makes the new table, and those beside it go on with the old one.
    private PickTable Renew(Cluster cluster, PickTable? old)
    {
        if (old is null || old.Generation != cluster.State.HealthGeneration)
        {
            lock (_gate)
            {
                var present = _table;
                return present is not null && present.Generation == cluster.State.HealthGeneration
                    ? present
                    : _table = Build(cluster, avoided: 0);
            }
        }

        if (!_gate.TryEnter())
        {
            return old;
        }

        try
        {
            return _table = Build(cluster, avoided: 0);
        }
        finally
        {
            _gate.Exit();
        }
    }

    private PickTable Without(uint priorities, Cluster cluster, PickTable table)
    {
        if (table.Without(priorities) is { } known)
        {
            return known;
        }

        // Nothing left: all priorities again (Envoy, previous_priorities).
        var rest = Build(cluster, priorities);
        return table.Keep(priorities, rest.Groups.IsEmpty ? table : rest);
    }

    private PickTable Build(Cluster cluster, uint avoided)
    {
        // Before the flags: a change after this makes another table.
        var generation = cluster.State.HealthGeneration;
        var working = new bool[Endpoints.Length];
        var factors = new double[Endpoints.Length];
        var expires = long.MaxValue;
        var now = Settings.SlowStart is null ? 0 : Time.GetTimestamp();
        for (var i = 0; i < working.Length; i++)
        {
            var endpoint = Endpoints[i];
            working[i] = endpoint.Health != EndpointHealth.Unhealthy && !endpoint.State.IsEjected;
            factors[i] = Settings.SlowStart is { } warming ? Factor(warming, endpoint, now, ref expires) : 1;
        }

        var plans = PickPlan.Of(Endpoints.AsSpan(), working, factors, Settings, cluster.PanicThreshold, MergesLocalities, avoided);
        return new PickTable(
            [.. plans.Select(plan => MakeGroup(plan.Members, plan.Weights))],
            plans.Select(plan => plan.Share),
            generation,
            expires
        );
    }

    private double Factor(SlowStart warming, Endpoint endpoint, long now, ref long expires)
    {
        if (endpoint.Health == EndpointHealth.Unhealthy)
        {
            endpoint.State.Balancing.Cool();
            return 1;
        }

        var factor = warming.Factor(Time.GetElapsedTime(endpoint.State.Balancing.WarmSince(now), now));
        if (factor < 1)
        {
            expires = Math.Min(expires, now + Math.Max(1, (long)(warming.Window.TotalSeconds * Time.TimestampFrequency / WarmingSteps)));
        }

        return factor;
    }
}
