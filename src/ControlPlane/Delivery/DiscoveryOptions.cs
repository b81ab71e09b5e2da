using Mesh.Xds;

namespace Mesh.ControlPlane.Delivery;

/// <summary>Start-up settings of the discovery streams.</summary>
internal sealed record DiscoveryOptions
{
    /// <summary>Vanished clusters that are kept for a client whose routes may still refer to them.</summary>
    public const int MaxHeldRemovals = 1000;

    /// <summary>Names this process in every response; default "mesh".</summary>
    public string Identifier { get; init; } = "mesh";

    /// <summary>Names one subscription may hold; default 20,000, at least 1. One more ends the stream with RESOURCE_EXHAUSTED.</summary>
    public int MaxNamesPerSubscription { get; init; } = 20_000;

    /// <summary>Resource types one stream may ask for; default 16, at least 5. One more ends the stream with RESOURCE_EXHAUSTED.</summary>
    public int MaxTypesPerStream { get; init; } = 16;

    /// <summary>The largest request, in bytes; default 4 MiB, more than 0. A larger one ends the stream with RESOURCE_EXHAUSTED.</summary>
    public int MaxRequestSize { get; init; } = 4 * 1024 * 1024;

    /// <summary>The largest description of a node, in bytes: it is kept for as long as its stream. Default 128 KiB, more than 0. A larger one ends the stream with RESOURCE_EXHAUSTED.</summary>
    public int MaxNodeSize { get; init; } = 128 * 1024;

    /// <summary>Characters of a client's reason for refusing a response that are kept and logged.</summary>
    public const int MaxErrorLength = 2000;

    /// <summary>Requests that one stream may send at once, and a tenth of them each second on and on; more are read later. Default 2000, at least 10.</summary>
    public int RequestBurst { get; init; } = 2000;

    /// <summary>How long a client may take to read one response; default 30 s, more than 0. Then its stream ends with UNAVAILABLE.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The sentence for a client that asks for too much.</summary>
    public string TooManyNames(int count, string typeUrl) =>
        $"{count} resource names for {TypeUrls.ShortName(typeUrl)} are over the limit of {MaxNamesPerSubscription}";
}
