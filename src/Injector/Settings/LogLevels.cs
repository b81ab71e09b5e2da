namespace Mesh.Injector.Settings;

/// <summary>Envoy's words for log levels, which annotations use, and the proxy's.</summary>
internal static class LogLevels
{
    private static readonly (string Envoy, string Proxy)[] Words =
    [
        ("trace", "trace"),
        ("debug", "debug"),
        ("info", "information"),
        ("warning", "warning"),
        ("warn", "warning"),
        ("error", "error"),
        ("critical", "critical"),
        ("off", "none"),
    ];

    public static string Names => string.Join(", ", Words.Select(word => word.Envoy));

    /// <summary>The proxy's word; null where it is none of Envoy's.</summary>
    public static string? Of(string level) => Array.Find(Words, word => word.Envoy == level).Proxy;
}
