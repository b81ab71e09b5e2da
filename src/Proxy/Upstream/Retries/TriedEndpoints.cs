using System.Runtime.InteropServices;

namespace Mesh.Proxy.Upstream.Retries;

/// <summary>Where the attempts of one request went so far, in order. Allocates at the first retry of its session and never again.</summary>
internal sealed class TriedEndpoints
{
    private List<Endpoint>? _endpoints;

    public ReadOnlySpan<Endpoint> All => _endpoints is null ? default : CollectionsMarshal.AsSpan(_endpoints);

    public void Add(Endpoint endpoint) => (_endpoints ??= []).Add(endpoint);

    public void Clear() => _endpoints?.Clear();

    /// <summary>
    /// The priorities to avoid, by <see cref="Endpoint.PriorityBit"/>: those of whole rounds of <paramref name="frequency"/> attempts (Envoy,
    /// previous_priorities, update_frequency).
    /// </summary>
    public uint Priorities(int frequency)
    {
        var all = All;
        var bits = 0u;
        foreach (var endpoint in frequency > 0 ? all[..(all.Length / frequency * frequency)] : default)
        {
            bits |= endpoint.PriorityBit;
        }

        return bits;
    }
}
