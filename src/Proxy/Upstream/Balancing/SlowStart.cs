namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>How an endpoint that has just come gets its full share: little by little, so that it can fill its caches (Envoy, slow start).</summary>
/// <param name="Window">Time to the full share; above zero.</param>
/// <param name="MinimumPercent">Share of its weight it gets at once; 0 to 100, Envoy's default 10.</param>
/// <param name="Aggression">Above 0. 1, the default, grows evenly; more gets it more traffic early.</param>
internal sealed record SlowStart(TimeSpan Window, double MinimumPercent = 10, double Aggression = 1)
{
    /// <summary>What part of its weight an endpoint has after this time, up to 1.</summary>
    public double Factor(TimeSpan since) =>
        since >= Window ? 1 : Math.Max(MinimumPercent / 100, Math.Pow(Math.Max(since / Window, 0), 1 / Aggression));
}
