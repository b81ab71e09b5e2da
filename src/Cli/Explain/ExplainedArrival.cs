using System.Collections.Immutable;

namespace Mesh.Cli.Explain;

/// <summary>What the sidecars behind one destination ask of the request before their applications get it; those that ask the same stand together.</summary>
/// <param name="At"><c>NAMESPACE/POD</c> of each.</param>
/// <param name="Policies">In the order in which they are asked.</param>
/// <param name="Verdict">What comes of it, in words.</param>
internal sealed record ExplainedArrival(string Cluster, ImmutableArray<string> At, ImmutableArray<Setting> Policies, string Verdict);
