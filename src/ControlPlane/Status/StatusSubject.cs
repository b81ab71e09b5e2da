using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Sources.Kubernetes;

namespace Mesh.ControlPlane.Status;

/// <summary>Everything that an object's status is made from.</summary>
/// <param name="Since">The first state that had the version in force; 0 where none is.</param>
/// <param name="Findings">What its meaning together with others shows; the same instance while nothing was found anew.</param>
internal sealed record StatusSubject(ClusterObject Object, long Since, ImmutableArray<Diagnostic> Findings, Programmed Programmed)
{
    /// <summary>By reference, which is enough to see that nothing changed.</summary>
    public bool Equals(StatusSubject? other) =>
        other is not null
        && ReferenceEquals(Object, other.Object)
        && Since == other.Since
        && Findings == other.Findings
        && Programmed == other.Programmed;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Object.Key, Since, Programmed);
}
