using System.Collections.Immutable;
using System.Globalization;
using Mesh.Config;

namespace Mesh.ControlPlane.Status;

/// <summary>One moment of the <see cref="ConfigurationLedger"/>. Immutable.</summary>
/// <param name="States">The latest, in their order.</param>
/// <param name="Objects">Mesh objects in force, each with the first state that had its present version.</param>
internal sealed record LedgerPage(ImmutableArray<LedgerState> States, ImmutableDictionary<ObjectKey, LedgerObject> Objects)
{
    public static LedgerPage Empty { get; } = new([], ImmutableDictionary<ObjectKey, LedgerObject>.Empty);

    /// <summary>
    /// What whoever has this view is at; null where it is not remembered. Several states may share a view, of which it is the last. A view that is
    /// newer than all was published a moment ago.
    /// </summary>
    public LedgerState? AtView(string view)
    {
        if (!long.TryParse(view, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var (low, high) = (0, States.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = States[middle].View <= number ? (middle + 1, high) : (low, middle);
        }

        return low == 0 ? null : States[low - 1];
    }

    /// <summary>The number of the latest state with these objects; 0 where none is remembered.</summary>
    public long NumberOf(string digest)
    {
        for (var i = States.Length - 1; i >= 0; i--)
        {
            if (States[i].Digest == digest)
            {
                return States[i].Number;
            }
        }

        return 0;
    }
}
