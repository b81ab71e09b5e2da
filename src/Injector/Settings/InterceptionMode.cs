namespace Mesh.Injector.Settings;

/// <summary>How a pod's traffic gets to its proxy; annotation <c>sidecar.istio.io/interceptionMode</c>.</summary>
internal enum InterceptionMode
{
    /// <summary>The kernel redirects it; clients' addresses are the proxy's.</summary>
    Redirect,

    /// <summary>The kernel hands it over with the clients' addresses kept.</summary>
    Tproxy,

    /// <summary>Nothing is redirected: outbound goes to the proxy's listeners, inbound does not pass the proxy.</summary>
    None,
}
