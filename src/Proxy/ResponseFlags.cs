namespace Mesh.Proxy;

/// <summary>What went wrong on the way of a request, as Envoy's access log says it. The order is the order in which they are written.</summary>
[Flags]
internal enum ResponseFlags : uint
{
    None = 0,

    /// <summary>UH: no endpoint could be picked.</summary>
    NoHealthyUpstream = 1 << 0,

    /// <summary>UT: the route's time, or that of a try, was up.</summary>
    UpstreamRequestTimeout = 1 << 1,

    /// <summary>UR: the upstream reset the stream.</summary>
    UpstreamRemoteReset = 1 << 2,

    /// <summary>UF: no connection came about.</summary>
    UpstreamConnectionFailure = 1 << 3,

    /// <summary>UC: the upstream's connection ended.</summary>
    UpstreamConnectionTermination = 1 << 4,

    /// <summary>UO: a circuit breaker or the retry budget stood in the way.</summary>
    UpstreamOverflow = 1 << 5,

    /// <summary>NR: no rule takes the request.</summary>
    NoRouteFound = 1 << 6,

    /// <summary>DI: a fault was injected that delayed the request.</summary>
    DelayInjected = 1 << 7,

    /// <summary>FI: a fault was injected that answered the request.</summary>
    FaultInjected = 1 << 8,

    /// <summary>DC: the client left.</summary>
    DownstreamConnectionTermination = 1 << 9,

    /// <summary>URX: another try was due, and the policy allows no more.</summary>
    UpstreamRetryLimitExceeded = 1 << 10,

    /// <summary>DPE: the client's message was not sound.</summary>
    DownstreamProtocolError = 1 << 11,

    /// <summary>UPE: the upstream's message was not sound.</summary>
    UpstreamProtocolError = 1 << 12,

    /// <summary>NC: the cluster is not there.</summary>
    NoClusterFound = 1 << 13,

    /// <summary>SI: nothing moved for too long.</summary>
    StreamIdleTimeout = 1 << 14,

    /// <summary>UAEX: a service that was asked refused it, or could not be asked.</summary>
    UnauthorizedByService = 1 << 15,
}
