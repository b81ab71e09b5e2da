using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>MAGLEV: a table whose entries are shared out evenly, and of which few change hands when endpoints come and go.</summary>
internal sealed class MaglevBalancer(ImmutableArray<Endpoint> endpoints, BalancerSettings settings, Random random, TimeProvider time)
    : HashBalancer(endpoints, settings, random, time)
{
    protected override HashGroup MakeHashGroup(int[] members, double[] weights) =>
        new MaglevTable(members, weights, Array.ConvertAll(members, member => KeyOf(Endpoints[member])), Settings.TableSize);
}
