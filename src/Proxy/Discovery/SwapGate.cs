using System.Collections.Immutable;
using Mesh.Proxy.Configuration;

namespace Mesh.Proxy.Discovery;

/// <summary>
/// Decides when a received set may take effect: at once if every reference is answered or was already missing before, else
/// when the missing ones have come or <see cref="Patience"/> is over. Pure: the caller brings the clock.
/// </summary>
internal sealed class SwapGate
{
    /// <summary>How long a swap waits for what its resources refer to; then those destinations fail NC.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private ImmutableHashSet<ResourceRef> _tolerated = [];
    private TimeSpan? _waitingSince;

    /// <summary>Null: swap now. Otherwise how long to wait before asking again, unless something arrives earlier.</summary>
    /// <param name="now">Of a clock that never jumps.</param>
    public TimeSpan? Check(ImmutableHashSet<ResourceRef> awaited, TimeSpan now)
    {
        if (!awaited.IsSubsetOf(_tolerated))
        {
            _waitingSince ??= now;
            var left = _waitingSince.Value + Patience - now;
            if (left > TimeSpan.Zero)
            {
                return left;
            }
        }

        _waitingSince = null;
        _tolerated = awaited;
        return null;
    }
}
