namespace Mesh.Proxy.Routing;

/// <summary>
/// The head of one request in a buffer of its own: the codec copies it in once, and everything after (routing, retries, mirrors, log) reads
/// slices of it. Pooled with its codec; starting makes it ready for the next request. Names are in lower case, values are bytes
/// as received.
/// </summary>
internal sealed partial class RequestHead
{
    /// <summary>Port the client was going to: the original destination's, or the listener's.</summary>
    public int DestinationPort { get; set; }

    public HttpVersionKind Version { get; private set; }
}
