namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>A priority's part of all traffic, 0 to 1: what its healthy endpoints get and what its degraded ones.</summary>
/// <param name="Panic">Too few are left: its part, all in <paramref name="Healthy"/>, goes to every endpoint, whatever its state.</param>
internal readonly record struct PriorityLoad(double Healthy, double Degraded, bool Panic)
{
    /// <summary>
    /// Envoy's priority levels: each takes what its health allows, with some overprovisioning, and the rest goes to the next; healthy endpoints
    /// of every priority come before degraded ones of any.
    /// </summary>
    /// <param name="overprovisioning">In per cent.</param>
    /// <param name="panicThreshold">In per cent of endpoints that work; 0 never panics.</param>
    public static PriorityLoad[] Of(ReadOnlySpan<PriorityHealth> priorities, uint overprovisioning, double panicThreshold)
    {
        var healthy = new double[priorities.Length];
        var degraded = new double[priorities.Length];
        var sum = 0.0;
        for (var i = 0; i < priorities.Length; i++)
        {
            healthy[i] = Availability(priorities[i].Healthy, priorities[i].Total, overprovisioning);
            degraded[i] = Availability(priorities[i].Degraded, priorities[i].Total, overprovisioning);
            sum += healthy[i] + degraded[i];
        }

        var loads = new PriorityLoad[priorities.Length];
        var panics = sum < 1 - 1e-9 ? Panics(priorities, panicThreshold) : new bool[priorities.Length];
        if (panics.Length > 0 && !panics.Contains(false))
        {
            var all = 0;
            foreach (var priority in priorities)
            {
                all += priority.Total;
            }

            for (var i = 0; i < loads.Length; i++)
            {
                loads[i] = new((double)priorities[i].Total / all, 0, true);
            }

            return loads;
        }

        // Nothing works and nobody panics: all loads stay zero and nothing is picked.
        var available = Math.Min(sum, 1);
        var left = available > 0 ? 1.0 : 0;
        for (var i = 0; i < loads.Length; i++)
        {
            var part = available > 0 ? Math.Min(left, healthy[i] / available) : 0;
            left -= part;
            loads[i] = new(part, 0, panics[i]);
        }

        for (var i = 0; i < loads.Length; i++)
        {
            var part = available > 0 ? Math.Min(left, degraded[i] / available) : 0;
            left -= part;
            loads[i] = panics[i] ? loads[i] with { Healthy = loads[i].Healthy + part } : loads[i] with { Degraded = part };
        }

        return loads;
    }

    private static double Availability(int working, int total, uint overprovisioning) =>
        total == 0 ? 0 : Math.Min(1, overprovisioning / 100.0 * working / total);

    private static bool[] Panics(ReadOnlySpan<PriorityHealth> priorities, double threshold)
    {
        var panics = new bool[priorities.Length];
        for (var i = 0; i < panics.Length; i++)
        {
            var (total, healthy, degraded) = priorities[i];
            panics[i] = total > 0 && 100.0 * (healthy + degraded) / total < threshold;
        }

        return panics;
    }
}
