namespace Mesh.Config.Specs;

/// <summary>How traffic reaches a Sidecar listener.</summary>
public enum CaptureMode
{
    /// <summary>As the environment does.</summary>
    Default,

    /// <summary>Redirected by iptables.</summary>
    IpTables,

    /// <summary>Not redirected, the application dials the listener.</summary>
    None,
}
