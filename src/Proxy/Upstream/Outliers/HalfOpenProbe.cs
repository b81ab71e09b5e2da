namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>Lets an endpoint whose ejection time is over return only after it has answered single requests.</summary>
/// <param name="Successes">How many in a row, at least 1.</param>
internal sealed record HalfOpenProbe(int Successes);
