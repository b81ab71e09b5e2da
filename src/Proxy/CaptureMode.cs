namespace Mesh.Proxy;

/// <summary>How traffic reaches the proxy.</summary>
internal enum CaptureMode
{
    /// <summary>It is sent to the proxy's ports; no privileges needed.</summary>
    None,

    /// <summary>The kernel redirects it; the original destination decides.</summary>
    Redirect,
}
