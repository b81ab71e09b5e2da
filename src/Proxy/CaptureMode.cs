namespace Mesh.Proxy;

/// <summary>How traffic reaches the proxy.</summary>
internal enum CaptureMode
{
    /// <summary>It is sent to the proxy's ports; no privileges needed.</summary>
    None,

    /// <summary>The kernel redirects it; the original destination decides. Applications see an address of the proxy's as their client's.</summary>
    Redirect,

    /// <summary>
    /// As <see cref="Redirect"/>, but incoming connections keep the client's address up to the application. Needs CAP_NET_ADMIN while it runs.
    /// </summary>
    Tproxy,
}
