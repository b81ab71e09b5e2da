using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>How traffic from one locality is shared out, in per cent by target; names are <c>region/zone/subzone</c>, <c>*</c> at the end for any.</summary>
internal sealed record LocalityShares(string From, ImmutableSortedDictionary<string, int> To);
