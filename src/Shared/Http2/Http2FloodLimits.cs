namespace Mesh.Http2;

/// <summary>What frames a peer may send on one connection that carry nothing.</summary>
internal sealed record Http2FloodLimits
{
    public static Http2FloodLimits Default { get; } = new();

    /// <summary>The same for servers: they send no preface, and may reset what we have opened as they like.</summary>
    public Http2FloodLimits ForServers() => this with { OfClients = false, Resets = 0 };

    /// <summary>Frames come from clients; else from servers.</summary>
    public bool OfClients { get; private init; } = true;

    /// <summary>Frames that only cost: so many at once, and a tenth of them each second on and on. Default 1000, at least 10; 0 is no limit.</summary>
    public int ControlFrames { get; init; } = 1000;

    /// <summary>
    /// Streams that a client may reset within a second of opening them; above it, and where they are more than half of all its streams, it is cut off (Envoy,
    /// premature_reset_total_stream_count). Default 500; 0 is no limit.
    /// </summary>
    public int Resets { get; init; } = 500;

    /// <summary>Pieces of one head. Default 64, which is a MiB of frames as they usually are; 0 is no limit.</summary>
    public int Continuations { get; init; } = 64;
}
