using Mesh.Config;

namespace Mesh.ControlPlane.Translation;

/// <summary>Who wins between two objects of equal specificity: the older, then by namespace and name; an object without age is youngest.</summary>
internal sealed class ConflictOrder : IComparer<ConfigObject>
{
    public static ConflictOrder Instance { get; } = new();

    public int Compare(ConfigObject? x, ConfigObject? y)
    {
        if (x is null || y is null)
        {
            return (x is null).CompareTo(y is null);
        }

        var order = (x.CreationTimestamp ?? DateTimeOffset.MaxValue).CompareTo(y.CreationTimestamp ?? DateTimeOffset.MaxValue);
        if (order == 0)
        {
            order = string.CompareOrdinal(x.Key.Namespace, y.Key.Namespace);
        }

        if (order == 0)
        {
            order = string.CompareOrdinal(x.Key.Name, y.Key.Name);
        }

        return order != 0 ? order : string.CompareOrdinal(x.Key.Kind, y.Key.Kind);
    }

    /// <summary>Why the winner won, for a sentence: "is older" or "comes first by name".</summary>
    public static string Reason(ConfigObject winner, ConfigObject loser) =>
        (winner.CreationTimestamp ?? DateTimeOffset.MaxValue) < (loser.CreationTimestamp ?? DateTimeOffset.MaxValue)
            ? "is older"
            : "comes first by namespace and name";
}
