namespace Mesh.Proxy.Upstream.Retries;

/// <summary>Headers by which a proxy before the upstream says that another try is not wanted.</summary>
[Flags]
internal enum ResponseMarks : byte
{
    None = 0,

    /// <summary><c>x-envoy-overloaded</c>: never tried again.</summary>
    Overloaded = 1,

    /// <summary><c>x-envoy-ratelimited</c>: only where the policy asks for it.</summary>
    RateLimited = 2,

    /// <summary>
    /// <c>x-mesh-repeatable</c>: the endpoint's own proxy says that its application has not acted on the request, or that repeating it does no
    /// harm. It counts as a failure before anything was sent.
    /// </summary>
    Repeatable = 4,
}
