namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>What was decided about an endpoint.</summary>
internal enum DecisionKind : byte
{
    Ejected,

    /// <summary>Detected, and left in because the allowed share of endpoints is out already.</summary>
    Spared,

    /// <summary>Detected, and left in because the detector is not, or not always, enforced.</summary>
    NotEnforced,

    /// <summary>Its time is over, and a request has to try it.</summary>
    HalfOpen,

    /// <summary>Picked from again.</summary>
    Returned,
}
