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
}
