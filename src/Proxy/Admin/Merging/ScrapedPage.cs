namespace Mesh.Proxy.Admin.Merging;

/// <summary>What the application answered to a scrape.</summary>
/// <param name="Body">All of it.</param>
/// <param name="OpenMetrics">The version of OpenMetrics that it is in; null for Prometheus' text.</param>
internal sealed record ScrapedPage(ReadOnlyMemory<byte> Body, string? OpenMetrics);
