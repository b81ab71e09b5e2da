namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>Ejects after errors in a row.</summary>
/// <param name="Errors">How many; 0 switches the detector off.</param>
/// <param name="Enforcing">How often a detection ejects, in per cent; with 0 it is only counted.</param>
internal sealed record ConsecutiveRule(int Errors, int Enforcing = 100)
{
    public bool IsReached(int count) => Errors > 0 && count >= Errors;
}
