namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>Success rates of one interval over all endpoints that had enough requests, in per cent; -1 where too few had.</summary>
/// <param name="Threshold">Below it an endpoint is an outlier.</param>
internal sealed record SuccessRateBounds(double Average, double Threshold)
{
    public static SuccessRateBounds None { get; } = new(-1, -1);
}
