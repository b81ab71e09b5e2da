namespace Mesh.ControlPlane.Delivery;

/// <summary>What a request turned out to be.</summary>
internal enum RequestKind
{
    /// <summary>A subscription, new or changed.</summary>
    Subscribed,

    /// <summary>The client accepted the response of that nonce.</summary>
    Acked,

    /// <summary>The client refused the response of that nonce and keeps what it had.</summary>
    Nacked,

    /// <summary>It answers a response that is not the latest; nothing follows from it.</summary>
    Stale,

    /// <summary>It breaks the protocol; the stream has to end.</summary>
    Malformed,

    /// <summary>It asks for more than a stream may; the stream has to end.</summary>
    OverLimit,
}
