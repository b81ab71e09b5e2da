using System.Collections.Concurrent;

namespace Mesh.Proxy;

/// <summary>The letters of <see cref="ResponseFlags"/>, several with commas between them; each combination is put together once.</summary>
internal static class ResponseFlagText
{
    // By position of the bit.
    private static readonly string[] Letters =
    [
        "UH",
        "UT",
        "UR",
        "UF",
        "UC",
        "UO",
        "NR",
        "DI",
        "FI",
        "DC",
        "URX",
        "DPE",
        "UPE",
        "NC",
        "SI",
        "UAEX",
    ];

    private static readonly ConcurrentDictionary<ResponseFlags, string> Texts = new();

    /// <summary><c>-</c> for none.</summary>
    public static string Of(ResponseFlags flags) => Texts.TryGetValue(flags, out var text) ? text : Texts.GetOrAdd(flags, Join);

    private static string Join(ResponseFlags flags) =>
        flags == ResponseFlags.None
            ? "-"
            : string.Join(',', Letters.Where((_, position) => flags.HasFlag((ResponseFlags)(1u << position))));
}
