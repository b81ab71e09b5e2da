using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>
/// LEAST_REQUEST: draws a few endpoints in proportion to their weights and takes the one with the fewest active requests for its weight.
/// </summary>
/// <remarks>
/// With equal weights this is Envoy's power of two choices, except that the draws differ from each other. With unequal ones Envoy keeps a
/// locked schedule with weight/(active+1); drawing by weight gives the same shares while idle, and comparing active/weight moves
/// load the same way, without a lock.
/// </remarks>
internal sealed class LeastRequestBalancer : LoadBalancer
{
    private readonly ShareTable _shares;
    private readonly Endpoint[] _endpoints;
    private readonly Random _random;
    private readonly int _choices;

    public LeastRequestBalancer(ImmutableArray<Endpoint> endpoints, Random random, int choices)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(choices, 2);
        _endpoints = [.. endpoints];
        _shares = new(endpoints.Select(endpoint => endpoint.Weight));
        _random = random;
        _choices = choices;
    }

    public override int Pick(in PickContext context)
    {
        if (_shares.Count < 2)
        {
            return _shares.Count == 0 ? -1 : _shares[0];
        }

        var best = Draw();
        for (var i = 1; i < _choices; i++)
        {
            var other = Draw();
            if (other == best)
            {
                other = Another(best);
            }

            if (IsLessBusy(_endpoints[other], _endpoints[best]))
            {
                best = other;
            }
        }

        return best;
    }

    private int Draw() => _shares.At((uint)_random.NextInt64(1L << 32));

    // A few more draws by weight, then any: a comparison of an endpoint with itself would send it the request however busy it is.
    private int Another(int taken)
    {
        for (var i = 0; i < 3; i++)
        {
            var drawn = Draw();
            if (drawn != taken)
            {
                return drawn;
            }
        }

        var position = _random.Next(_shares.Count - 1);
        return _shares[position] == taken ? _shares[_shares.Count - 1] : _shares[position];
    }

    private static bool IsLessBusy(Endpoint a, Endpoint b) =>
        (long)a.State.ActiveRequests * b.Weight < (long)b.State.ActiveRequests * a.Weight;
}
