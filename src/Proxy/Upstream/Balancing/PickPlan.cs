namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>One group before its table is made: members, their weights and the group's part of all traffic.</summary>
internal readonly record struct PickPlan(double Share, int[] Members, double[] Weights)
{
    // What rounding leaves is nobody's share.
    private const double Negligible = 1e-6;

    /// <summary>
    /// Pure: who gets what, from the state of every endpoint. Priorities by <see cref="PriorityLoad"/>; inside one, localities by their
    /// weights where those count (Envoy, locality weighted load balancing), else all endpoints together.
    /// </summary>
    /// <param name="endpoints">The cluster's.</param>
    /// <param name="working">Of each, whether it is neither unhealthy nor ejected.</param>
    /// <param name="factors">Of each, the part of its weight that counts yet.</param>
    /// <param name="merged">Localities are told apart by weights of their endpoints only, for balancers that need one group.</param>
    /// <param name="avoided">Priority bits that are to be treated as if nothing worked there.</param>
    public static List<PickPlan> Of(
        ReadOnlySpan<Endpoint> endpoints,
        bool[] working,
        double[] factors,
        BalancerSettings settings,
        double panicThreshold,
        bool merged,
        uint avoided
    )
    {
        var priorities = new SortedDictionary<int, List<int>>();
        for (var i = 0; i < endpoints.Length; i++)
        {
            if (!priorities.TryGetValue(endpoints[i].Priority, out var members))
            {
                priorities.Add(endpoints[i].Priority, members = []);
            }

            members.Add(i);
        }

        var health = new PriorityHealth[priorities.Count];
        var at = 0;
        foreach (var members in priorities.Values)
        {
            health[at++] = Count(endpoints, members, working, avoided);
        }

        var loads = PriorityLoad.Of(health, settings.Overprovisioning, panicThreshold);
        var plans = new List<PickPlan>();
        at = 0;
        foreach (var members in priorities.Values)
        {
            var load = loads[at++];
            if (load.Panic)
            {
                Add(plans, endpoints, members, load.Healthy, factors);
                continue;
            }

            foreach (var (share, state) in new[] { (load.Healthy, EndpointHealth.Healthy), (load.Degraded, EndpointHealth.Degraded) })
            {
                if (share > Negligible)
                {
                    Split(plans, endpoints, members, working, factors, settings, merged, share, state);
                }
            }
        }

        return plans;
    }

    private static PriorityHealth Count(ReadOnlySpan<Endpoint> endpoints, List<int> members, bool[] working, uint avoided)
    {
        var (healthy, degraded) = (0, 0);
        foreach (var member in members)
        {
            if (working[member] && (endpoints[member].PriorityBit & avoided) == 0)
            {
                healthy += endpoints[member].Health == EndpointHealth.Healthy ? 1 : 0;
                degraded += endpoints[member].Health == EndpointHealth.Degraded ? 1 : 0;
            }
        }

        return new(members.Count, healthy, degraded);
    }

    private static void Split(
        List<PickPlan> plans,
        ReadOnlySpan<Endpoint> endpoints,
        List<int> members,
        bool[] working,
        double[] factors,
        BalancerSettings settings,
        bool merged,
        double share,
        EndpointHealth state
    )
    {
        var localities = new List<(Locality Locality, List<int> Chosen, double Weight)>();
        if (settings.LocalityWeighted)
        {
            var order = new List<(Locality Locality, List<int> All)>();
            foreach (var member in members)
            {
                var locality = endpoints[member].Locality;
                var index = order.FindIndex(known => known.Locality == locality);
                if (index < 0)
                {
                    index = order.Count;
                    order.Add((locality, []));
                }

                order[index].All.Add(member);
            }

            foreach (var (locality, all) in order)
            {
                var chosen = Those(endpoints, all, working, state);
                // As for priorities: a locality keeps its weight while its endpoints can make up for the failed ones.
                var availability = Math.Min(1, settings.Overprovisioning / 100.0 * chosen.Count / all.Count);
                localities.Add((locality, chosen, endpoints[all[0]].LocalityWeight * availability));
            }
        }

        var total = localities.Sum(locality => locality.Weight);
        if (total <= 0)
        {
            // No weights to go by: as if localities did not matter.
            Add(plans, endpoints, Those(endpoints, members, working, state), share, factors);
        }
        else if (!merged)
        {
            foreach (var (_, chosen, weight) in localities)
            {
                if (weight > 0)
                {
                    Add(plans, endpoints, chosen, share * weight / total, factors);
                }
            }
        }
        else
        {
            var all = new List<int>();
            var scaled = (double[])factors.Clone();
            foreach (var (_, chosen, weight) in localities)
            {
                var sum = 0.0;
                foreach (var member in chosen)
                {
                    sum += endpoints[member].Weight * factors[member];
                }

                if (weight > 0 && sum > 0)
                {
                    all.AddRange(chosen);
                    chosen.ForEach(member => scaled[member] *= weight / sum);
                }
            }

            Add(plans, endpoints, all, share, scaled);
        }
    }

    private static List<int> Those(ReadOnlySpan<Endpoint> endpoints, List<int> members, bool[] working, EndpointHealth state)
    {
        var those = new List<int>();
        foreach (var member in members)
        {
            if (working[member] && endpoints[member].Health == state)
            {
                those.Add(member);
            }
        }

        return those;
    }

    private static void Add(List<PickPlan> plans, ReadOnlySpan<Endpoint> endpoints, List<int> members, double share, double[] factors)
    {
        var taking = new List<int>();
        var weights = new List<double>();
        foreach (var member in members)
        {
            var weight = endpoints[member].Weight * factors[member];
            if (weight > 0)
            {
                taking.Add(member);
                weights.Add(weight);
            }
        }

        if (taking.Count > 0)
        {
            plans.Add(new(share, [.. taking], [.. weights]));
        }
    }
}
