namespace Mesh.Config.Reading;

/// <summary>A percentage as the API wraps it; specs keep the bare number.</summary>
internal sealed record PercentageSpec(double? Value);
