namespace Mesh.Proxy.Routing.Cors;

/// <summary>What a <see cref="CorsPolicy"/> says about a request.</summary>
internal enum CorsVerdict : byte
{
    /// <summary>The policy has nothing to say: no <c>Origin</c>, or one that is not allowed. The request goes its way unchanged.</summary>
    Pass,

    /// <summary>The request goes its way, and its answer gets headers.</summary>
    Mark,

    /// <summary>A preflight that the proxy answers, 200 with headers.</summary>
    Answer,
}
