using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads the annotations by which a DestinationRule says what its own fields cannot.</summary>
internal static class DestinationRuleExtensionsReader
{
    private const int MostSuccesses = 100;

    internal static DestinationRuleExtensionsSpec Read(ObjectReader root) =>
        new()
        {
            SuccessRate = root.Extension("success-rate", ReadSuccessRate),
            FailurePercentage = root.Extension("failure-percentage", ReadFailurePercentage),
            HalfOpenProbe = root.Extension("half-open-probe", ReadHalfOpenProbe),
            LatencyAware = root.Extension("latency-aware", reader => new LatencyAwareSpec { Decay = reader.Duration("decay") }),
        };

    private static SuccessRateSpec ReadSuccessRate(ObjectReader reader) =>
        new()
        {
            MinimumHosts = reader.Integer("minimumHosts", 1),
            RequestVolume = reader.Integer("requestVolume", 1),
            StdevFactor = reader.Number("stdevFactor", 0, 100),
            Enforcing = (int?)reader.Percent("enforcing"),
        };

    private static FailurePercentageSpec ReadFailurePercentage(ObjectReader reader) =>
        new()
        {
            Threshold = reader.Integer("threshold", 1, 100),
            MinimumHosts = reader.Integer("minimumHosts", 1),
            RequestVolume = reader.Integer("requestVolume", 1),
            Enforcing = (int?)reader.Percent("enforcing"),
        };

    private static HalfOpenProbeSpec ReadHalfOpenProbe(ObjectReader reader) =>
        new() { Successes = reader.Integer("successes", 1, MostSuccesses) };
}
