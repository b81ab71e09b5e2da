namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>Why an endpoint is picked from again.</summary>
internal enum ReturnReason : byte
{
    /// <summary>It did not.</summary>
    None,
    TimeOver,
    ProbeSucceeded,

    /// <summary>There are fewer endpoints, or fewer may be ejected, than when it was.</summary>
    ShareFell,

    /// <summary>The cluster has no outlier detection any more.</summary>
    SwitchedOff,
}
