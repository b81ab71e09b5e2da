using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>Takes traffic for which all terms of one source, all of one operation, and all conditions hold; no source or operation: any.</summary>
internal sealed record AccessRule(
    ImmutableArray<ImmutableArray<AccessTerm>> Sources,
    ImmutableArray<ImmutableArray<AccessTerm>> Operations,
    ImmutableArray<AccessTerm> Conditions
);
