namespace Mesh.Config.Specs;

/// <summary>HTTP/2 PING keep-alive; both values are required.</summary>
public sealed record Http2KeepAliveSpec
{
    /// <summary>Time between pings.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Time to wait for the answer.</summary>
    public required TimeSpan Timeout { get; init; }
}
